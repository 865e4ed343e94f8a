import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { convertCommand } from "../../src/commands/convert.js";
import { openModel } from "../../src/commands/open-inputs.js";
import { UnbatchError } from "../../src/core/errors.js";
import { writeParquet } from "../../src/io/parquet-writer.js";
import type { TensorReport } from "../../src/model/record.js";
import { dataFolder, describeWith } from "../support/external.js";

const FIXTURES = resolve("fixtures/made/pytorch_mf");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unbatch-convert-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
});

const at = (name: string): string => join(folder, name);

/** A checkpoint of the fixtures in a folder of its own, so that nothing lies beside it. */
function place(...names: string[]): string {
  mkdirSync(at("in"), { recursive: true });
  for (const name of names) copyFileSync(join(FIXTURES, name), at(`in/${name}`));
  return at(`in/${names[0]}`);
}

function configure(more = "", encoder = ""): void {
  const feature = (name: string): string =>
    `  - { name: ${name}, column: ${name}_id, encoder: { kind: vocabulary, key: ${name}2id${encoder} } }\n`;
  writeFileSync(
    at("unbatch.yaml"),
    `version: 1\nlog: { time: time, label: label }\nfeatures:\n${feature("user")}${feature("item")}${more}`,
  );
}

const GOLDEN =
  "checkpoint:\n  golden: { file: golden.json, columns: { user_id: user_ids, item_id: item_ids }, score: logits }\n";

interface Document {
  schema: string;
  version: number;
  family: string;
  evidence: string[];
  parity: { source: string; rows: number; maxAbsoluteDifference: number; tolerance: number; at: number };
  tensors: TensorReport[];
  slots: { mode: string; tensors: TensorReport[] };
  model: string;
}

/** stdout of the command. */
async function run(...argv: string[]): Promise<string> {
  const written: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  try {
    const config = argv.includes("--config") ? [] : ["--config", at("unbatch.yaml")];
    await convertCommand()
      .exitOverride()
      .parseAsync([...argv, ...config], { from: "user" });
  } finally {
    vi.restoreAllMocks();
  }
  return written.join("");
}

async function document(...argv: string[]): Promise<Document> {
  return JSON.parse(await run(...argv, "--json")) as Document;
}

async function failure(...argv: string[]): Promise<UnbatchError> {
  try {
    await run(...argv);
  } catch (error) {
    if (error instanceof UnbatchError) return error;
    throw error;
  }
  throw new Error("did not fail");
}

/** Everything in the folder but the inputs. */
function leftovers(): string[] {
  return readdirSync(folder).filter(
    (name) => !["in", "in.parquet", "in.json", "unbatch.yaml"].includes(name),
  );
}

describe("unbatch convert", () => {
  it("writes a model that every command can open, and one JSON document", async () => {
    configure(GOLDEN);
    const checkpoint = place("checkpoint.pt", "golden.json");
    const result = await document(checkpoint, "--out", at("model"));
    expect(result).toMatchObject({
      schema: "unbatch.convert",
      version: 1,
      family: "matrix-factorisation",
      parity: { source: "golden", rows: 40, tolerance: 1e-5 },
      slots: { mode: "exact" },
      model: at("model"),
    });
    expect(result.parity.maxAbsoluteDifference).toBeLessThan(1e-6);
    expect(result.tensors.map(({ table, rows, width, outcome }) => [table, rows, width, outcome])).toEqual([
      ["bias", 1, 1, "transferred"],
      ["linear/user", 201, 1, "transferred"],
      ["linear/item", 301, 1, "transferred"],
      ["dot/user", 201, 16, "transferred"],
      ["dot/item", 301, 16, "transferred"],
    ]);
    const { model, record } = await openModel(at("model"));
    expect(record).toMatchObject({
      source: { kind: "checkpoint", name: "checkpoint.pt" },
      parity: { rows: 40 },
      log: { time: { column: "time" } },
    });
    expect(Object.values(record.source.kind === "checkpoint" ? record.source.sha256 : {})).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
    expect(model.vocabularies.get("user")?.ids.length).toBe(200);
    expect(model.tensors.get("dot/item/accumulator")?.shape).toEqual([301, 16]);
    expect(leftovers()).toEqual(["model"]);
  });

  it("writes the same bytes again, and only over a model that it may replace", async () => {
    configure();
    const checkpoint = place("checkpoint.pt");
    await run(checkpoint, "--out", at("model"));
    await run(checkpoint, "--out", at("again"));
    const names = ["model.json", "state.safetensors", "vocab/user.arrow", "vocab/item.arrow"];
    for (const name of names)
      expect(readFileSync(at(`again/${name}`))).toEqual(readFileSync(at(`model/${name}`)));
    expect((await failure(checkpoint, "--out", at("model"))).message).toContain("it exists already");
    await run(checkpoint, "--out", at("model"), "--force", "--slots", "fresh");
    const { model } = await openModel(at("model"));
    expect(new Set(Array.from(model.tensors.get("dot/item/accumulator")?.values() ?? [], Number))).toEqual(
      new Set([0.1]),
    );
    expect(leftovers().sort()).toEqual(["again", "model"]);
  });

  it("says to a person what it saw, what became of it, and how well it agrees", async () => {
    configure();
    const text = await run(place("checkpoint.pt"), "--out", at("model"));
    expect(text).toMatch(
      /family {3}matrix-factorisation\n {9}two tables of vectors: user_embedding.weight, item_embedding.weight/,
    );
    expect(text).toMatch(/dot\/user +201 x 16 +transferred +user_embedding.weight/);
    expect(text).toMatch(/learns {3}dot: adagrad, rate 0.05/);
    expect(text).toMatch(/slots {4}exact, 5 transferred: as saved/);
    expect(text).toMatch(/parity .*10,000 generated rows/);
  });

  it("compares on rows of a log, the first --rows of them", async () => {
    configure();
    writeParquet(
      at("in.parquet"),
      [
        { name: "user_id", kind: "text", values: ["u1000", "nobody", "u1007", "u1014"] },
        { name: "item_id", kind: "text", values: ["sku-00001", "sku-00002", "gone", "sku-00003"] },
      ],
      2,
    );
    const { parity } = await document(
      place("checkpoint.pt"),
      "--out",
      at("model"),
      "--log",
      at("in.parquet"),
      "--rows",
      "3",
    );
    expect(parity).toMatchObject({ source: "log", rows: 3 });
  });

  it("takes golden outputs from Parquet and from --golden", async () => {
    configure(GOLDEN);
    const golden = JSON.parse(readFileSync(join(FIXTURES, "golden.json"), "utf8")) as Record<
      string,
      string[] & number[]
    >;
    writeParquet(
      at("in.parquet"),
      [
        { name: "user_ids", kind: "text", values: golden["user_ids"] ?? [] },
        { name: "item_ids", kind: "text", values: golden["item_ids"] ?? [] },
        { name: "logits", kind: "double", values: Float64Array.from(golden["logits"] ?? []) },
      ],
      16,
    );
    const { parity } = await document(
      place("checkpoint.pt"),
      "--out",
      at("model"),
      "--golden",
      at("in.parquet"),
    );
    expect(parity).toMatchObject({ source: "golden", rows: 40 });
    expect(parity.maxAbsoluteDifference).toBeLessThan(1e-6);
  });

  it("fails with exit code 1 over the tolerance, shows the row, and leaves nothing behind", async () => {
    configure(GOLDEN);
    const checkpoint = place("checkpoint.pt", "golden.json");
    const golden = JSON.parse(readFileSync(at("in/golden.json"), "utf8")) as { logits: number[] };
    golden.logits[7] = (golden.logits[7] ?? 0) + 0.01;
    writeFileSync(at("in/golden.json"), JSON.stringify(golden));
    const error = await failure(checkpoint, "--out", at("model"));
    expect(error.exitCode).toBe(1);
    expect(error.message).toMatch(/golden row 7 \(user_id = u1749, item_id = sku-00000\): online -0\.8/);
    expect(error.message).toMatch(/expected: at most 0.00001 on 40 rows/);
    expect(leftovers()).toEqual([]);
    expect(await document(checkpoint, "--out", at("model"), "--tolerance", "0.02")).toMatchObject({
      parity: { at: 7, tolerance: 0.02 },
    });
  });

  it("refuses golden columns that are not there", async () => {
    configure();
    const error = await failure(place("checkpoint.pt", "golden.json"), "--out", at("model"));
    expect(error.exitCode).toBe(2);
    expect(error.message).toMatch(
      /golden.json: no column "logit"[\s\S]*perhaps logits[\s\S]*checkpoint.golden/,
    );
    expect(leftovers()).toEqual([]);
  });

  it("refuses a checkpoint of no known family, and one whose tensors contradict the vocabulary", async () => {
    configure(`checkpoint: { family: wide-and-deep }\n`);
    const error = await failure(place("checkpoint.pt"), "--out", at("model"));
    expect(error.message).toMatch(
      /of no family that is known here[\s\S]*for wide-and-deep: one stack of two or more layers, found none/,
    );
    const rows = Object.fromEntries(Array.from({ length: 250 }, (_, row) => [`id ${row}`, row]));
    writeFileSync(at("in/vocab.json"), JSON.stringify({ user2id: rows, item2id: rows }));
    configure("", ", file: vocab.json");
    expect((await failure(at("in/checkpoint.pt"), "--out", at("model"))).message).toMatch(
      /tensor user_bias.weight: shape \[201, 1\] as linear\/user: 201 rows\n {2}expected: at least 250 rows \(feature user/,
    );
    expect(leftovers()).toEqual([]);
  });

  it("refuses a vocabulary that is nowhere, and a checkpoint that is none", async () => {
    configure("", ", file: ids.json");
    expect((await failure(place("checkpoint.pt"), "--out", at("model"))).message).toMatch(
      /no file "ids.json"[\s\S]*--assets/,
    );
    configure("learner: { optimizer: { kind: sgd, rate: 0.1 } }\n");
    expect((await failure(place("state_dict.pt"), "--out", at("model"))).message).toMatch(
      /no map "user2id" in the checkpoint\n {2}expected: file: the vocabulary/,
    );
    writeFileSync(at("in/notes.pt"), "hello");
    await failure(at("in/notes.pt"), "--out", at("model"));
    await failure(at("in/nothing.pt"), "--out", at("model"));
    expect(
      (await failure(at("in/notes.pt"), "--out", at("model"), "--config", at("none.yaml"))).message,
    ).toContain("none.yaml");
    expect(leftovers()).toEqual([]);
  });
});

describeWith("UNBATCH_REFERENCE", "the taxi example", (referenceFolder) => {
  const data = dataFolder();
  if (data === undefined) {
    describe.skip("(set UNBATCH_DATA to run)", () => {});
    return;
  }
  const checkpoints = `${data}/checkpoints`;
  const config = resolve("examples/taxi/unbatch.yaml");
  const common = [
    `${checkpoints}/tf_checkpoint/taxi_wide_deep_ckpt/model.ckpt-1000`,
    ...["--config", config],
    ...["--assets", `${checkpoints}/tf_savedmodel/taxi_wide_deep_estimator/assets`],
  ];

  it("converts with its slots, and agrees on the rows of its log", async () => {
    expect(existsSync(config)).toBe(true);
    const log = `${checkpoints}/parquet/tfx_taxi_data.parquet`;
    const result = await document(...common, "--out", at("model"), "--log", log);
    expect(result).toMatchObject({ family: "wide-and-deep", parity: { source: "log", rows: 10_000 } });
    expect(result.parity.maxAbsoluteDifference).toBeLessThan(1e-5);
    expect(result.slots.tensors.every(({ outcome }) => outcome === "transferred")).toBe(true);
  });

  it("has the golden logits", async () => {
    const { openLog } = await import("../../src/io/log-source.js");
    const { logRows } = await import("../../src/convert/parity/log-rows.js");
    const { loggedAt } = await import("../../src/convert/parity/rows.js");
    const reference = JSON.parse(readFileSync(`${referenceFolder}/taxi.json`, "utf8")) as {
      features: { column: string }[];
      rows: [number, number, number][];
    };
    const columns = reference.features.map(({ column }) => column);
    const rows = await logRows(await openLog([`${checkpoints}/parquet/tfx_taxi_data.parquet`]), columns, 200);
    const golden: Record<string, unknown[]> = { logit: reference.rows.map(([, logit]) => logit) };
    for (const column of columns) {
      golden[column] = reference.rows.map(([row]) => loggedAt(rows.columns.get(column), row) ?? null);
    }
    writeFileSync(at("in.json"), JSON.stringify(golden));
    const { parity } = await document(...common, "--out", at("model"), "--golden", at("in.json"));
    expect(parity).toMatchObject({ source: "golden", rows: 200 });
    expect(parity.maxAbsoluteDifference).toBeLessThan(1e-5);
  });
});
