import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { openModel } from "../../src/commands/open-inputs.js";
import type { LogConfig } from "../../src/config/config.js";
import { scoreGraph } from "../../src/convert/export/score-graph.js";
import { onlineScores } from "../../src/convert/parity/online-score.js";
import { columnOf } from "../../src/convert/parity/rows.js";
import { silent } from "../../src/core/progress.js";
import { openLog } from "../../src/io/log-source.js";
import { readVocabularyFile } from "../../src/io/vocabulary-file.js";
import type { FeatureColumn } from "../../src/model/batch.js";
import { plainLearner } from "../../src/model/learner.js";
import { loadState } from "../../src/model/load.js";
import { readEvents } from "../../src/replay/events.js";
import { type Inputs, onnxScores, rowsAndNumbers, tfjsScores } from "../convert/export/runtimes.js";
import { temporaryFolder } from "../support/cli.js";
import { dataFolder, describeWith } from "../support/external.js";
import { inProcess } from "../support/in-process.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const FIXTURE = resolve("fixtures/made/pytorch_mf");

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await inProcess(args);
  expect(code, stderr).toBe(0);
  return stdout;
}

function configure(name: string, vocabulary: (feature: string) => string): string {
  const feature = (which: string): string =>
    `  - { name: ${which}, column: ${which}_id, encoder: { kind: vocabulary, ${vocabulary(which)}, unknown: grow } }\n`;
  const golden =
    "checkpoint:\n  golden: { file: golden.json, columns: { user_id: user_ids, item_id: item_ids }, score: logits }\n";
  const text = `version: 1\nlog: { time: time, label: label }\nfeatures:\n${feature("user")}${feature("item")}${golden}learner: { optimizer: { kind: adagrad, rate: 0.1 } }\n`;
  writeFileSync(at(name), text);
  return at(name);
}

interface Golden {
  user_ids: string[];
  item_ids: string[];
  logits: number[];
}
const golden = JSON.parse(readFileSync(join(FIXTURE, "golden.json"), "utf8")) as Golden;

async function scoresOf(model: string): Promise<Float64Array> {
  const { model: online } = await openModel(model);
  const columns = new Map([
    ["user_id", columnOf(golden.user_ids)],
    ["item_id", columnOf(golden.item_ids)],
  ]);
  return onlineScores(online, { kind: "golden", rows: golden.logits.length, columns }).scores;
}

async function converted(): Promise<string> {
  const config = configure("unbatch.yaml", (feature) => `key: ${feature}2id`);
  await run(
    "convert",
    join(FIXTURE, "checkpoint.pt"),
    "--config",
    config,
    "--out",
    at("model"),
    "--force",
    "--quiet",
  );
  return at("model");
}

function largestDifference(left: ArrayLike<number>, right: ArrayLike<number>): number {
  expect(left.length).toBe(right.length);
  expect(left.length).toBeGreaterThan(20);
  return Math.max(...Array.from(left, (value, row) => Math.abs(value - (right[row] ?? Number.NaN))));
}

it.each([
  ["safetensors", "model.safetensors", "float64", 0],
  ["safetensors", "model.safetensors", "float32", 1e-6],
  ["pytorch", "model.pt", "float64", 0],
  ["pytorch", "model.pt", "float32", 1e-6],
  ["onnx", "model.onnx", "float32", 1e-6],
  ["tfjs", "model.json", "float32", 1e-6],
])("%s (%s, %s): what convert makes of it scores the same", async (format, file, precision, room) => {
  const model = await converted();
  const out = at(`${format}-${precision}`);
  await run("export", model, "--to", format, "--precision", precision, "--out", out);
  const config = configure(
    "back.yaml",
    (feature) => `file: ${JSON.stringify(join(out, `vocab/${feature}.arrow`))}`,
  );
  await run(
    ...["convert", join(out, file), "--config", config, "--golden", join(FIXTURE, "golden.json")],
    ...["--out", at("back"), "--force", "--quiet"],
  );
  expect(largestDifference(await scoresOf(model), await scoresOf(at("back")))).toBeLessThanOrEqual(room);
});

it("the rows that features.json leads to score in ONNX Runtime and TensorFlow.js as the source did", async () => {
  const model = await converted();
  for (const format of ["onnx", "tfjs"] as const) {
    const out = at(`run-${format}`);
    const stdout = await run("export", model, "--to", format, "--out", out, "--json");
    const document = JSON.parse(stdout) as { schema: string; inputs: { name: string; reads: string }[] };
    expect(document.schema).toBe("unbatch.export");
    const inputs = new Map<string, { kind: "rows"; values: number[] }>();
    for (const { name, reads } of document.inputs) {
      const rows = await readVocabularyFile(join(out, `vocab/${reads}.arrow`));
      const ids = reads === "user" ? golden.user_ids : golden.item_ids;
      inputs.set(name, { kind: "rows", values: ids.map((id) => rows.get(id) ?? Number.NaN) });
    }
    const { score } = await scored(format, out, inputs);
    expect(largestDifference(score, golden.logits)).toBeLessThan(1e-6);
  }
});

it("features.json says what each tensor is, and slots come along where they are asked for", async () => {
  const out = at("slots");
  await run("export", await converted(), "--to", "safetensors", "--slots", "--out", out);
  const { tensors } = JSON.parse(readFileSync(join(out, "features.json"), "utf8")) as {
    tensors: { name: string; role: string; is: string; from: string[] }[];
  };
  expect(tensors.filter(({ role }) => role.includes("slot"))).toHaveLength(tensors.length / 2);
  expect(tensors.find(({ name }) => name === "dot/user/weight")).toMatchObject({
    role: "dot/user",
    is: expect.stringMatching(/^\d+ numbers for each row of feature user$/),
    from: expect.arrayContaining([expect.stringContaining("user")]),
  });
});

it("refuses what a format has no place for, and a folder that is there", async () => {
  const model = await converted();
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await inProcess(["export", model, "--out", at("refused"), ...args]);
    expect(code).toBe(2);
    return stderr;
  };
  expect(await refused("--to", "onnx", "--slots")).toContain("--slots with --to onnx");
  expect(await refused("--to", "tfjs", "--precision", "float64")).toContain(
    "--precision float64 with --to tfjs",
  );
  expect(await refused("--to", "keras")).toContain("Allowed choices");
  expect(readdirSync(folder)).not.toContain("refused");
  await run("export", model, "--to", "onnx", "--out", at("twice"));
  const { code, stderr } = await inProcess(["export", model, "--to", "onnx", "--out", at("twice")]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("--force")]);
});

async function scored(
  format: "onnx" | "tfjs",
  out: string,
  inputs: Inputs,
): Promise<{ score: ArrayLike<number> }> {
  if (format === "onnx") return onnxScores(readFileSync(join(out, "model.onnx")), inputs);
  const names = ["model.json", "group1-shard1of1.bin"];
  return tfjsScores(new Map(names.map((name) => [name, readFileSync(join(out, name))])), inputs);
}

/** A log's scores, and what a graph's inputs are for its events. */
async function scoresAndInputs(path: string, log: string): Promise<{ scores: Float64Array; inputs: Inputs }> {
  const { model, record } = await openModel(path);
  const { spec, vocabularies } = model;
  const { events, newIds } = await readEvents(await openLog([log]), {
    ...{
      log: record.log as LogConfig,
      spec,
      vocabularies,
      labels: "ignored",
      maxRows: 20_000,
      progress: silent,
    },
  });
  const state = loadState(model, newIds);
  const scores = new Float64Array(events.rows);
  plainLearner(state).over(events).score(0, events.rows, scores);
  const features = [...events.features].map(([name, column]): [string, FeatureColumn] => {
    if (column.kind !== "rows") return [name, column];
    return [name, { kind: "rows", codes: column.codes.map((code) => state.rows(name).rowOf(code)) }];
  });
  const batch = { ...events, features: new Map(features) };
  return { scores, inputs: rowsAndNumbers(spec, scoreGraph(spec).inputs, batch) };
}

describeWith("UNBATCH_DATA", "the taxi model", () => {
  it("exported as a graph, scores real rows as predict does", async () => {
    const data = dataFolder();
    const log = `${data}/checkpoints/parquet/tfx_taxi_data.parquet`;
    const savedModel = `${data}/checkpoints/tf_savedmodel/taxi_wide_deep_estimator`;
    const [config, model] = [at("taxi.yaml"), at("taxi")];
    await run("init", savedModel, log, "--out", config, "--quiet");
    await run("convert", savedModel, "--config", config, "--out", model, "--rows", "100", "--quiet");
    const { scores, inputs } = await scoresAndInputs(model, log);
    for (const format of ["onnx", "tfjs"] as const) {
      await run("export", model, "--to", format, "--out", at(`taxi-${format}`));
      const result = await scored(format, at(`taxi-${format}`), inputs);
      expect(result.score).toHaveLength(10_000);
      expect(largestDifference(result.score, scores)).toBeLessThan(1e-5);
    }
  });
});
