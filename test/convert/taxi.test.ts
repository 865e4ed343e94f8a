import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/convert/checkpoint.js";
import { type Converted, convert } from "../../src/convert/convert.js";
import { openCheckpoint } from "../../src/convert/open.js";
import { logRows } from "../../src/convert/parity/log-rows.js";
import { columnsRead, onlineScores } from "../../src/convert/parity/online-score.js";
import { compareScores } from "../../src/convert/parity/parity.js";
import { loggedAt } from "../../src/convert/parity/rows.js";
import { compareUpdates } from "../../src/convert/parity/source-updates.js";
import { vocabulariesOf } from "../../src/convert/vocabularies.js";
import type { Precision } from "../../src/core/model-spec.js";
import { openTree } from "../../src/io/files.js";
import { openLog } from "../../src/io/log-source.js";
import { readVocabularyFile } from "../../src/io/vocabulary-file.js";
import { dataFolder, describeWith } from "../support/external.js";
import { configOf } from "./checkpoints.js";

interface TaxiFeature {
  column: string;
  encoder: "dense" | "vocabulary" | "bucketize" | "identity";
  missing: number | string;
  [setting: string]: unknown;
}
interface Reference {
  features: TaxiFeature[];
  rows: [number, number, number][];
  metrics: { all: { log_loss: number; roc_auc: number } };
}

/** The preprocessing of the reference, as features of unbatch.yaml. */
function featureOf({ column, encoder, missing, ...rest }: TaxiFeature): object {
  const precision = "float32";
  switch (encoder) {
    case "dense":
      return {
        name: column,
        encoder: {
          kind: encoder,
          mean: rest["mean"],
          variance: rest["variance"],
          truncate: rest["cast"] !== null,
          precision,
          missing,
        },
      };
    case "vocabulary":
      return {
        name: column,
        encoder: { kind: encoder, file: rest["file"], unknown: { buckets: rest["oov_buckets"] }, missing },
      };
    case "bucketize":
      return { name: column, encoder: { kind: encoder, boundaries: rest["boundaries"], precision, missing } };
    case "identity":
      return { name: column, encoder: { kind: encoder, size: rest["size"], outOfRange: 0, missing } };
  }
}

describeWith("UNBATCH_REFERENCE", "the taxi wide & deep checkpoint", (referenceFolder) => {
  const data = dataFolder();
  if (data === undefined) {
    describe.skip("(set UNBATCH_DATA to run)", () => {});
    return;
  }
  const reference = JSON.parse(readFileSync(`${referenceFolder}/taxi.json`, "utf8")) as Reference;
  const checkpoints = `${data}/checkpoints`;
  const savedModel = `${checkpoints}/tf_savedmodel/taxi_wide_deep_estimator`;
  const estimator = `${checkpoints}/tf_checkpoint/taxi_wide_deep_ckpt/model.ckpt-1000`;

  async function convertTaxi(
    path: string,
    plain: object,
    change = (given: Checkpoint) => given,
    precision: Precision = "float32",
  ): Promise<Converted> {
    const checkpoint = change(await openCheckpoint(openTree(path)));
    const config = configOf({ features: reference.features.map(featureOf), ...plain });
    const vocabularies = await vocabulariesOf(config, checkpoint, (file) =>
      readVocabularyFile(`${savedModel}/${file}`),
    );
    return convert({ checkpoint, config, vocabularies, where: path }, { slots: "exact", precision });
  }

  const openRows = () => openLog([`${checkpoints}/parquet/tfx_taxi_data.parquet`]);

  it("has the golden logits and metrics, both paths alike", async () => {
    const converted = await convertTaxi(estimator, {});
    const columns = [...columnsRead(converted.model.spec), "tips"];
    const rows = await logRows(await openRows(), columns, 20_000);
    const parity = compareScores(converted.source, converted.bound, converted.model, rows, 1e-5);
    expect(parity.report).toMatchObject({ source: "log", rows: 10_000 });
    expect(parity.report.maxAbsoluteDifference).toBeLessThan(1e-9);
    expect(parity.setAside).toBe(0);

    const { scores } = onlineScores(converted.model, rows);
    let compared = 0;
    for (const [row, logit] of reference.rows) {
      expect(Math.abs((scores[row] ?? Number.NaN) - logit)).toBeLessThan(1e-9);
      compared += 1;
    }
    expect(compared).toBe(200);

    const labels = Array.from({ length: rows.rows }, (_, row) => {
      const fare = Number(loggedAt(rows.columns.get("fare"), row) ?? Number.NaN);
      const tips = Number(loggedAt(rows.columns.get("tips"), row) ?? Number.NaN);
      return Math.fround(tips) > Math.fround(Math.fround(0.2) * Math.fround(fare)) ? 1 : 0;
    });
    const losses = labels.map((label, row) =>
      Math.log1p(Math.exp(label === 1 ? -(scores[row] ?? 0) : (scores[row] ?? 0))),
    );
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    expect(Math.abs(mean - reference.metrics.all.log_loss)).toBeLessThan(1e-9);
    expect(Math.abs(areaUnderCurve(scores, labels) - reference.metrics.all.roc_auc)).toBeLessThan(1e-9);
  });

  it("makes its first updates as a float64 loop over its own slots does: FTRL and Adagrad, rows and layers", async () => {
    const converted = await convertTaxi(estimator, {}, undefined, "float64");
    const rows = await logRows(await openRows(), columnsRead(converted.model.spec), 100);
    const report = compareUpdates(converted, converted.model, rows);
    expect(report).toMatchObject({ updates: 40, rows: 20 });
    if ("notMade" in report) return;
    expect(report.largestMove).toBeGreaterThan(0.01);
    expect(report.maxAbsoluteDifference).toBeLessThan(1e-12);
  });

  it("keeps what can be reached, the slots and the rates, each term with its own optimizer", async () => {
    const converted = await convertTaxi(estimator, {});
    const row = (table: string) => converted.tensors.find((entry) => entry.table === table);
    expect(row("linear/company")).toMatchObject({
      rows: 63,
      outcome: "transferred",
      note: expect.stringContaining("947 of 1010"),
    });
    expect(row("linear/payment_type")).toMatchObject({
      rows: 16,
      note: expect.stringContaining("994 of 1010"),
    });
    const { optimizers } = converted.model.spec.learner;
    expect(optimizers["bias"]).toMatchObject({
      kind: "ftrl",
      rate: Math.fround(0.005),
      beta: 0,
      l1: 0,
      l2: 0,
    });
    expect(optimizers["linear"]).toEqual(optimizers["bias"]);
    expect(optimizers["deep"]).toMatchObject({ kind: "adagrad", rate: Math.fround(0.001) });
    expect(converted.slots.length).toBe(30);
    // "as saved" alone: FTRL's own weights, from n and z, are the saved ones.
    expect(new Set(converted.slots.map(({ outcome, note }) => `${outcome}, ${note}`))).toEqual(
      new Set(["transferred, as saved"]),
    );
    const slot = converted.source.checkpoint.slots.find(
      ({ tensor }) => tensor === "linear/linear_model/company_xf/weights",
    );
    expect(Array.from(converted.model.tensors.get("linear/company/z")?.values() ?? [], Number)).toEqual(
      Array.from(slot?.slots.get("z")?.values() ?? [], Number).slice(0, 63),
    );
  });

  it("gives the same weights from the SavedModel, which has no slots", async () => {
    await expect(convertTaxi(savedModel, {})).rejects.toThrow(
      /no optimizer for term bias: the checkpoint holds no optimizer/,
    );
    const learner = {
      terms: { deep: { kind: "adagrad", rate: 0.001 } },
      optimizer: { kind: "ftrl", rate: 0.005, beta: 0 },
    };
    const exported = await convertTaxi(savedModel, { learner });
    const trained = await convertTaxi(estimator, {});
    let compared = 0;
    for (const [name, tensor] of trained.model.tensors) {
      if (!name.endsWith("/weight")) continue;
      expect(exported.model.tensors.get(name)?.values()).toEqual(tensor.values());
      compared += 1;
    }
    expect(compared).toBe(20);
    expect(exported.slots.every(({ outcome }) => outcome === "re-initialised")).toBe(true);
  });

  it("refuses a kernel that is not for these inputs", async () => {
    const features = reference.features.filter(({ column }) => column !== "trip_miles").map(featureOf);
    await expect(convertTaxi(estimator, { features })).rejects.toThrow(
      /hiddenlayer_0\/kernel: shape \[3, 100\] as deep\/kernel_0\n {2}expected: \[2, 100\] \(inputs fare, trip_seconds\)/,
    );
  });
});

/** Share of pairs in the right order, ties a half: from average ranks. */
function areaUnderCurve(scores: Float64Array, labels: readonly number[]): number {
  const order = Array.from(scores.keys()).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let rankSum = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && scores[order[to] ?? 0] === scores[order[from] ?? 0]) to++;
    for (let at = from; at < to; at++) rankSum += (labels[order[at] ?? 0] ?? 0) * ((from + to + 1) / 2);
    from = to;
  }
  const positives = labels.reduce((sum, label) => sum + label, 0);
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (labels.length - positives));
}
