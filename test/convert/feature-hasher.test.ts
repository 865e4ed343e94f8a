import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { convert } from "../../src/convert/convert.js";
import { openCheckpoint } from "../../src/convert/open.js";
import { onlineScores } from "../../src/convert/parity/online-score.js";
import { compareScores } from "../../src/convert/parity/parity.js";
import { columnOf } from "../../src/convert/parity/rows.js";
import { openTree } from "../../src/io/files.js";
import { murmur3 } from "../../src/model/encoders/murmur3.js";
import { configOf } from "./checkpoints.js";

const FOLDER = "fixtures/made/sklearn_lr_hash";
const BUCKETS = 16_384;

interface Golden {
  rows: Record<string, number>[];
  logit: number[];
}

it("logistic regression on scikit-learn's FeatureHasher: its own logits, with values of either sign", async () => {
  const golden = JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as Golden;
  const checkpoint = await openCheckpoint(openTree(`${FOLDER}/lr.npz`));
  const names = ["user", "item", "cat", "dow", "user_x_cat", "utf8"];
  const config = configOf({
    features: names.map((name) => ({
      name,
      encoder: { kind: "hash", function: "murmur3-signed", buckets: BUCKETS, prefix: `${name}=` },
    })),
    checkpoint: {
      family: "logistic-regression",
      tensors: {
        bias: "intercept",
        ...Object.fromEntries(names.map((name) => [`linear/${name}`, "coef"])),
      },
    },
    learner: { optimizer: { kind: "adagrad", rate: 0.1 } },
  });
  const converted = convert(
    { checkpoint, config, vocabularies: new Map(), where: "lr.npz" },
    { slots: "exact", precision: "float64" },
  );
  // The dictionaries' keys are `name=value`.
  const tokenOf = (row: Record<string, number>, name: string): string =>
    Object.keys(row)
      .find((key) => key.startsWith(`${name}=`))
      ?.slice(name.length + 1) ?? "";
  const rows = {
    kind: "golden" as const,
    rows: golden.rows.length,
    columns: new Map(names.map((name) => [name, columnOf(golden.rows.map((row) => tokenOf(row, name)))])),
  };
  const { scores } = onlineScores(converted.model, rows);
  const coefficients = checkpoint.tensors.get("coef")?.values() ?? [];
  /** What a number of the dictionary adds: it is multiplied with the weight of its own name. */
  const numberPart = (row: Record<string, number>, name: string): number => {
    const hash = murmur3(new TextEncoder().encode(name), 0, name.length, 0);
    return (hash < 0 ? -1 : 1) * Number(coefficients[Math.abs(hash) % BUCKETS]) * (row[name] ?? Number.NaN);
  };
  golden.rows.forEach((row, at) => {
    const expected = (golden.logit[at] ?? Number.NaN) - numberPart(row, "d0") - numberPart(row, "d1");
    expect(Math.abs((scores[at] ?? Number.NaN) - expected)).toBeLessThan(1e-9);
  });
  expect(golden.rows.length).toBe(25);
  const weights = converted.model.tensors.get("linear/user/weight")?.values() ?? [];
  expect(weights.length).toBe(2 * BUCKETS);
  const turned = Array.from(weights, Number).filter((weight, row) => row >= BUCKETS && weight !== 0);
  expect(turned.length).toBeGreaterThan(100);
  const parity = compareScores(
    converted.source,
    converted.bound,
    converted.model,
    { ...rows, kind: "log" },
    1e-9,
  );
  expect(parity.report.maxAbsoluteDifference).toBeLessThan(1e-12);
});
