import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { openModel } from "../../src/commands/open-inputs.js";
import type { ExportFormat } from "../../src/convert/export/export.js";
import { logRows } from "../../src/convert/parity/log-rows.js";
import { columnsRead, onlineScores } from "../../src/convert/parity/online-score.js";
import { openLog } from "../../src/io/log-source.js";
import { temporaryFolder } from "../support/cli.js";
import { type GoldenColumns, goldenColumns, logOf } from "../support/golden-log.js";
import { inProcess } from "../support/in-process.js";

const MADE = resolve("fixtures/made");
const folder = temporaryFolder();
const FILES: Record<ExportFormat, string> = {
  ...{ safetensors: "model.safetensors", pytorch: "model.pt" },
  ...{ onnx: "model.onnx", tfjs: "model.json" },
};

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await inProcess(args);
  expect(code, stderr).toBe(0);
  return stdout;
}

async function scoresOf(path: string, log: string): Promise<Float64Array> {
  const { model } = await openModel(path);
  return onlineScores(model, await logRows(await openLog([log]), columnsRead(model.spec), 1000)).scores;
}

/** Export, convert by the unbatch.yaml of the export, and the largest difference of any row's score. */
async function apart(
  model: string,
  to: ExportFormat,
  log: string,
  at: (name: string) => string,
): Promise<number> {
  await run("export", model, "--to", to, "--out", at(to), "--force");
  const args = ["--config", join(at(to), "unbatch.yaml"), "--log", log, "--out", at("back")];
  const report = JSON.parse(
    await run("convert", join(at(to), FILES[to]), ...args, "--force", "--quiet", "--json"),
  ) as {
    parity: { run?: { rows: number } };
  };
  // A graph of TensorFlow.js is run as it is besides.
  if (to === "tfjs") expect(report.parity.run?.rows).toBeGreaterThan(20);
  const [before, after] = [await scoresOf(model, log), await scoresOf(at("back"), log)];
  expect(new Set(before).size).toBeGreaterThan(5);
  expect(after).toHaveLength(before.length);
  return Math.max(...before.map((score, row) => Math.abs(score - (after[row] ?? Number.NaN))));
}

const DLRM =
  "interaction: { vectors: [user, item, category, context, dense], above: [dense, products, vectors] }";
const ALL: readonly ExportFormat[] = ["safetensors", "pytorch", "onnx", "tfjs"];

describe("a model that learned online: what converts back from each export scores the same, but for float32", () => {
  it.each([
    { checkpoint: "pytorch_widedeep/state_dict.pt", golden: "pytorch_widedeep/golden.json", choose: DLRM },
    { checkpoint: "keras_like/keras2_full.h5", golden: "keras_like/golden.json" },
    { checkpoint: "tfjs_layers/single/model.json", golden: "tfjs_layers/golden.json" },
    ...["neumf", "dcn", "dcn_v2", "dlrm", "two_tower", "deepfm", "ncf_norm_after"].map((name) => ({
      checkpoint: `networks/${name}.safetensors`,
      golden: `networks/${name}.json`,
      choose: undefined,
    })),
  ])("$checkpoint", async ({ checkpoint, golden, choose }) => {
    const name = checkpoint.replace(/\W/g, "_");
    mkdirSync(join(folder, name));
    const at = (file: string): string => join(folder, name, file);
    const [log, config] = [at("log.parquet"), at("unbatch.yaml")];
    logOf(log, goldenColumns(join(MADE, golden)));
    await run("init", join(MADE, checkpoint), log, "--out", config, "--label", "clicked", "--quiet");
    if (choose !== undefined)
      writeFileSync(
        config,
        readFileSync(config, "utf8").replace(/^checkpoint:$/m, `checkpoint:\n  ${choose}`),
      );
    await run(
      ...["convert", join(MADE, checkpoint), "--config", config, "--log", log],
      ...["--out", at("model"), "--quiet"],
    );
    await run("replay", at("model"), log, "--config", config, "--out", at("run"), "--quiet");
    const model = at("run/model");
    const [before, after] = [await scoresOf(at("model"), log), await scoresOf(model, log)];
    expect(before.every((score, row) => score !== after[row])).toBe(true);
    for (const to of ALL) expect(await apart(model, to, log, at), to).toBeLessThan(1e-6);
  });
});

const rows = 30;
const each = (of: (row: number) => number): Float64Array =>
  Float64Array.from({ length: rows }, (_, row) => of(row));

function log(name: string, inputs: GoldenColumns): string {
  const path = join(folder, `${name}.parquet`);
  logOf(path, inputs);
  return path;
}

it("models of unbatch.yaml alone: weights, factorisation, ids that share rows, numbers", async () => {
  const at = (file: string): string => join(folder, `fm-${file}`);
  const features = `features:
  - { name: user, encoder: { kind: vocabulary, unknown: { buckets: 3 } } }
  - { name: item, encoder: { kind: hash, buckets: 7 } }
  - { name: hour, encoder: { kind: bucketize, boundaries: [3, 9.5, 12], side: left } }
  - { name: price, encoder: { kind: dense, mean: 2, scale: 3, transform: log1p, truncate: true } }`;
  const terms =
    "[{ kind: bias }, { kind: linear, features: [user, item, hour, price] }, { kind: factorisation, features: [user, item, price], width: 3 }]";
  const text = `version: 1\nlog: { time: at, label: { rule: clicked }, known: { after: 90m } }\n${features}\nmodel: { terms: ${terms} }\nlearner: { optimizer: { kind: adagrad, rate: 0.3 } }\n`;
  writeFileSync(at("unbatch.yaml"), text);
  const path = log("fm", {
    user: Array.from({ length: rows }, (_, row) => row % 11),
    item: Array.from({ length: rows }, (_, row) => row % 5),
    hour: Array.from({ length: rows }, (_, row) => row % 24),
    price: [...each((row) => row / 2 + 0.25)],
  });
  await run("convert", "--config", at("unbatch.yaml"), "--out", at("new"));
  await run("replay", at("new"), path, "--config", at("unbatch.yaml"), "--out", at("run"), "--quiet");
  for (const to of ALL) expect(await apart(join(at("run"), "model"), to, path, at), to).toBeLessThan(1e-6);
});

describe("what cannot be exported, or not be converted back, is named with the way round", () => {
  it("frozen trees: no graph; their leaves' weights as a table", async () => {
    const at = (file: string): string => join(folder, `trees-${file}`);
    const golden = JSON.parse(readFileSync(join(MADE, "xgboost_ctr/golden.json"), "utf8")) as {
      features: string[];
      rows: number[][];
    };
    const columns = golden.features.map((name, k) => [name, golden.rows.map((row) => row[k] ?? Number.NaN)]);
    const path = log("trees", Object.fromEntries(columns) as GoldenColumns);
    const features = golden.features.map(
      (name) => `  - { name: ${name}, encoder: { kind: dense, missing: keep } }\n`,
    );
    const text = `version: 1\nlog: { time: at, label: clicked }\nfeatures:\n${features.join("")}learner: { optimizer: { kind: adagrad, rate: 0.1 } }\n`;
    writeFileSync(at("unbatch.yaml"), text);
    await run(
      ...["convert", join(MADE, "xgboost_ctr/model.json"), "--config", at("unbatch.yaml")],
      ...["--log", path, "--out", at("model"), "--quiet"],
    );
    for (const to of ["onnx", "tfjs"]) {
      const { code, stderr } = await inProcess(["export", at("model"), "--to", to, "--out", at(to)]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/term leaves: frozen trees[\s\S]*next: .*--to safetensors/);
    }
    const stdout = await run(
      "export",
      at("model"),
      "--to",
      "safetensors",
      "--out",
      at("safetensors"),
      "--json",
    );
    const document = JSON.parse(stdout) as { notes: string[]; files: { name: string }[] };
    expect(document.notes).toEqual([expect.stringContaining("the frozen trees of term leaves")]);
    expect(document.files.map(({ name }) => name)).not.toContain("unbatch.yaml");
  });

  it("a logged score, and rows for both signs of a hash", async () => {
    const at = (file: string): string => join(folder, `unsaid-${file}`);
    const unsaid = async (name: string, feature: string, terms: string): Promise<string> => {
      const text = `version: 1\nlog: { time: at, label: clicked }\nfeatures: [${feature}]\nmodel: { terms: ${terms} }\nlearner: { optimizer: { kind: sgd, rate: 0.1 } }\n`;
      writeFileSync(at(`${name}.yaml`), text);
      await run("convert", "--config", at(`${name}.yaml`), "--out", at(name));
      const stdout = await run("export", at(name), "--to", "onnx", "--out", at(`${name}-onnx`), "--json");
      return (JSON.parse(stdout) as { notes: string[] }).notes.join();
    };
    const user = "{ name: user, encoder: { kind: identity, size: 5 } }";
    const offset = "[{ kind: offset, column: logit }, { kind: linear, features: [user] }]";
    expect(await unsaid("offset", user, offset)).toContain("the logged score of term offset");
    const word = "{ name: word, encoder: { kind: hash, buckets: 8, function: murmur3-signed } }";
    const linear = "[{ kind: linear, features: [word] }]";
    expect(await unsaid("signed", word, linear)).toContain("rows for both signs of feature word");

    // By an unbatch.yaml of one's own: a table of twice the buckets is not taken for one of them.
    await run("export", at("signed"), "--to", "safetensors", "--out", at("tensors"));
    const told = "checkpoint: { tensors: { linear/word: linear/word/weight } }\n";
    writeFileSync(at("signed.yaml"), `${readFileSync(at("signed.yaml"), "utf8")}${told}`);
    const back = ["--config", at("signed.yaml"), "--out", at("back")];
    const { code, stderr } = await inProcess(["convert", join(at("tensors"), "model.safetensors"), ...back]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /16 rows as linear\/word, twice the buckets[\s\S]*next: go on from the online model/,
    );
  });
});
