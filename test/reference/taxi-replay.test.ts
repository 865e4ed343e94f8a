import { readFileSync } from "node:fs";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { expect, it } from "vitest";
import { tensorflow } from "../../src/convert/formats/tensorflow/reader.js";
import type { Tensor } from "../../src/core/tensor.js";
import { openTree } from "../../src/io/files.js";
import { temporaryFolder, unbatch } from "../support/cli.js";
import { dataFolder, describeWith } from "../support/external.js";
import { type TaxiFeature, TaxiOracle, type TaxiRow, type TaxiState } from "../support/taxi-oracle.js";

const data = dataFolder();
const config = new URL("../../examples/taxi/unbatch.yaml", import.meta.url).pathname;

describeWith("UNBATCH_REFERENCE", "the taxi checkpoint replayed online (mechanics: no verdict)", (folder) => {
  const taxi = JSON.parse(readFileSync(join(folder, "taxi.json"), "utf8")) as {
    features: TaxiFeature[];
    metrics: { all: { rows: number; log_loss: number; roc_auc: number } };
    rows: [number, number, number][];
  };
  const work = temporaryFolder();
  const path = (name: string): string => join(data ?? "", "checkpoints", name);
  const log = path("parquet/tfx_taxi_data.parquet");

  it.skipIf(data === undefined)("equals an independent float64 loop", { timeout: 300_000 }, async () => {
    const model = join(work, "model");
    const run = join(work, "run");
    const assets = path("tf_savedmodel/taxi_wide_deep_estimator/assets");
    const checkpoint = path("tf_checkpoint/taxi_wide_deep_ckpt");
    const converted = await unbatch([
      "convert",
      checkpoint,
      "--config",
      config,
      "--assets",
      assets,
      "--out",
      model,
      "--json",
      "--log",
      log,
    ]);
    expect(converted.code, converted.stderr).toBe(0);
    const { parity } = JSON.parse(converted.stdout) as {
      parity: { rows: number; maxAbsoluteDifference: number };
    };
    expect(parity.rows).toBe(10_000);
    expect(parity.maxAbsoluteDifference).toBeLessThan(1e-9);

    const frozen = await metricsOf([
      "replay",
      model,
      log,
      "--out",
      join(work, "frozen"),
      "--frozen",
      "--json",
      "--quiet",
    ]);
    expect(Math.abs(frozen.logLoss - taxi.metrics.all.log_loss)).toBeLessThan(1e-5);
    expect(Math.abs(frozen.rocAuc - taxi.metrics.all.roc_auc)).toBeLessThan(1e-5);
    const golden = await scoresOf(model, "before.parquet");
    expect(taxi.rows.length).toBeGreaterThan(100);
    for (const [row, logit] of taxi.rows)
      expect(Math.abs((golden[row] ?? Number.NaN) - logit)).toBeLessThan(1e-5);

    const online = await metricsOf(["replay", model, log, "--out", run, "--json", "--quiet"]);
    const after = await scoresOf(join(run, "model"), "after.parquet");

    const rows = (await parquetReadObjects({
      file: await asyncBufferFromFile(log),
      compressors,
    })) as TaxiRow[];
    const time = (row: number): number => Number(rows[row]?.["trip_start_timestamp"]);
    const order = rows.map((_, row) => row).sort((a, b) => time(a) - time(b) || a - b);
    const oracle = new TaxiOracle(taxi.features, stateOf(checkpoint), vocabulariesOf(assets));
    let loss = 0;
    // Rows of one instant are all predicted before any of their labels is known.
    for (let from = 0; from < order.length; ) {
      let to = from;
      while (to < order.length && time(order[to] ?? 0) === time(order[from] ?? 0)) to++;
      const instant = order.slice(from, to).map((at) => rows[at] ?? {});
      for (const row of instant)
        loss += Math.log1p(Math.exp(oracle.label(row) === 1 ? -oracle.logit(row) : oracle.logit(row)));
      for (const row of instant) oracle.learn(row);
      from = to;
    }
    expect(order.length).toBe(10_000);
    expect(Math.abs(online.logLoss - loss / order.length)).toBeLessThan(1e-6);
    rows.forEach((row, at) => {
      if (at % 10 === 0)
        expect(Math.abs((after[at] ?? Number.NaN) - oracle.logit(row)), `row ${at}`).toBeLessThan(1e-6);
    });
  });

  async function metricsOf(args: string[]): Promise<{ logLoss: number; rocAuc: number }> {
    const { code, stdout, stderr } = await unbatch(args);
    expect(code, stderr).toBe(0);
    const { overall } = JSON.parse(stdout) as {
      overall: { metrics: { logLoss: { value: number; rows: number }; rocAuc: { value: number } } };
    };
    expect(overall.metrics.logLoss.rows).toBe(10_000);
    return { logLoss: overall.metrics.logLoss.value, rocAuc: overall.metrics.rocAuc.value };
  }

  async function scoresOf(model: string, name: string): Promise<number[]> {
    const out = join(work, name);
    const { code, stderr } = await unbatch(["predict", model, log, "--out", out, "--quiet"]);
    expect(code, stderr).toBe(0);
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(out) });
    expect(rows.map(({ row }) => row)).toEqual(rows.map((_, index) => index));
    return rows.map(({ score }) => score as number);
  }
});

function stateOf(path: string): TaxiState {
  const { tensors, slots } = tensorflow.read(openTree(path));
  const copy = (tensor: Tensor): Float64Array => Float64Array.from(tensor.values() as Float32Array);
  const state: TaxiState = { weights: new Map(), n: new Map(), z: new Map(), accumulator: new Map() };
  for (const [name, tensor] of tensors) state.weights.set(name, copy(tensor));
  for (const { tensor, slots: parts } of slots) {
    for (const [part, values] of parts) {
      if (part === "n" || part === "z" || part === "accumulator") state[part].set(tensor, copy(values));
    }
  }
  expect(state.n.size + state.accumulator.size).toBe(20);
  return state;
}

function vocabulariesOf(assets: string): Map<string, string[]> {
  const lines = (name: string): string[] => readFileSync(join(assets, name), "utf8").trimEnd().split("\n");
  return new Map([
    ["company", lines("vocab_compute_and_apply_vocabulary_1_vocabulary")],
    ["payment_type", lines("vocab_compute_and_apply_vocabulary_vocabulary")],
  ]);
}
