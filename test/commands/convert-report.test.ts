import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/cli.js";
import { parseDocument } from "../support/documents.js";
import { inProcess } from "../support/in-process.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const CHECKPOINT = resolve("fixtures/made/pytorch_mf/checkpoint.pt");

const feature = (name: string): string =>
  `  - { name: ${name}, column: ${name}_id, encoder: { kind: vocabulary, key: ${name}2id, unknown: grow } }\n`;
writeFileSync(
  at("unbatch.yaml"),
  `version: 1\nlog: { time: time, label: label }\nfeatures:\n${feature("user")}${feature("item")}checkpoint:\n  golden: { file: golden.json, columns: { user_id: user_ids, item_id: item_ids }, score: logits }\nlearner: { optimizer: { kind: adagrad, rate: 0.1 } }\n`,
);
const convert = (...args: string[]): ReturnType<typeof inProcess> =>
  inProcess(["convert", CHECKPOINT, "--config", at("unbatch.yaml"), "--quiet", ...args]);

it("convert --report: every golden row with each side's score, and the first updates", async () => {
  const { code, stderr } = await convert("--out", at("model"), "--report", at("parity.json"));
  expect(code, stderr).toBe(0);
  const document = parseDocument(readFileSync(at("parity.json"), "utf8"), "parity");
  const golden = JSON.parse(readFileSync(resolve("fixtures/made/pytorch_mf/golden.json"), "utf8")) as {
    logits: number[];
  };
  const { scores, parity } = document as {
    scores: { row: number; golden: number; source: number; online: number }[];
    parity: { maxAbsoluteDifference: number; at: number; updates: { steps: object[] } };
  };
  expect(scores.map((row) => row.golden)).toEqual(golden.logits);
  const differences = scores.map(
    (row) => Math.max(row.golden, row.source, row.online) - Math.min(row.golden, row.source, row.online),
  );
  expect(parity.maxAbsoluteDifference).toBe(Math.max(...differences));
  expect(differences[parity.at]).toBe(parity.maxAbsoluteDifference);
  expect(parity.updates.steps).toHaveLength(40);
  expect(document).toMatchObject({ isWithin: true, worst: { user_id: expect.any(String) } });
});

it("as a page too; refused before any work where it is there, or of another kind", async () => {
  expect(await convert("--out", at("page"), "--report", at("parity.html"))).toMatchObject({ code: 0 });
  expect(readFileSync(at("parity.html"), "utf8")).toContain("40 golden rows");
  const again = await convert("--out", at("again"), "--report", at("parity.html"));
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("parity.html") });
  const other = await convert("--out", at("again"), "--report", at("parity.pdf"));
  expect(other).toMatchObject({ code: 2, stderr: expect.stringMatching(/\.html or \.json/) });
  expect(existsSync(at("again"))).toBe(false);
  expect(await convert("--out", at("page"), "--report", at("parity.html"), "--force")).toMatchObject({
    code: 0,
  });
});

it("is written where the scores differ, and the model is not", async () => {
  const golden = JSON.parse(readFileSync(resolve("fixtures/made/pytorch_mf/golden.json"), "utf8")) as {
    logits: number[];
  };
  golden.logits[7] = 5;
  writeFileSync(at("wrong.json"), JSON.stringify(golden));
  const args = ["--golden", at("wrong.json"), "--out", at("wrong"), "--report", at("wrong-parity.json")];
  const { code, stderr } = await convert(...args);
  expect([code, stderr]).toEqual([1, expect.stringContaining("golden row 7")]);
  expect(existsSync(at("wrong"))).toBe(false);
  const document = parseDocument(readFileSync(at("wrong-parity.json"), "utf8"), "parity");
  expect(document).toMatchObject({ isWithin: false, parity: { at: 7 } });
});

it("inspect says of a model what its conversion proved", async () => {
  const { stdout } = await inProcess(["inspect", at("model")]);
  expect(stdout).toMatch(/^parity {3}largest difference .* 40 golden rows/m);
  expect(stdout).toMatch(/^updates {2}largest difference .* 40 updates of 20 rows/m);
});
