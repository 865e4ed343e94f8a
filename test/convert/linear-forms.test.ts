import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/convert/checkpoint.js";
import { type Converted, convert } from "../../src/convert/convert.js";
import { vowpalWabbit } from "../../src/convert/formats/vowpal-wabbit/reader.js";
import { lookAt } from "../../src/convert/look-at.js";
import { openCheckpoint } from "../../src/convert/open.js";
import { compareScores } from "../../src/convert/parity/parity.js";
import { columnOf, type ParityRows } from "../../src/convert/parity/rows.js";
import { openTree } from "../../src/io/files.js";
import { namespaceHash, vowpalWabbitHash } from "../../src/model/encoders/vowpal-wabbit-hash.js";
import { memoryTree } from "../support/tree.js";
import { checkpointOf, configOf, tensorOf } from "./checkpoints.js";

const MADE = "fixtures/made";
const json = <T>(path: string): T => JSON.parse(readFileSync(`${MADE}/${path}`, "utf8")) as T;
const open = (path: string): Promise<Checkpoint> => openCheckpoint(openTree(`${MADE}/${path}`));
const logit = (probability: number): number => Math.log(probability / (1 - probability));
const dense = (names: readonly string[]): object[] =>
  names.map((name) => ({ name, encoder: { kind: "dense" } }));

function convertLinear(checkpoint: Checkpoint, features: object[], plain: object = {}): Converted {
  const config = configOf({ features, learner: { optimizer: { kind: "sgd", rate: 0.1 } }, ...plain });
  return convert(
    { checkpoint, config, vocabularies: new Map(), where: "model" },
    { slots: "exact", precision: "float64" },
  );
}

/** The largest difference of the two paths and the source's own scores. */
function largest(
  converted: Converted,
  columns: Record<string, (string | number)[]>,
  golden: readonly number[],
): number {
  const given: ParityRows = {
    kind: "golden",
    rows: golden.length,
    columns: new Map(Object.entries(columns).map(([name, values]) => [name, columnOf(values)])),
    golden: Float64Array.from(golden),
  };
  const { report } = compareScores(converted.source, converted.bound, converted.model, given, 1e-5);
  expect(report.rows).toBe(golden.length);
  return report.maxAbsoluteDifference;
}

const columnsOf = (
  names: readonly string[],
  rows: readonly (readonly number[])[],
): Record<string, number[]> =>
  Object.fromEntries(names.map((name, at) => [name, rows.map((row) => row[at] ?? Number.NaN)]));

describe("linear models in forms of their formats' own", () => {
  it("ONNX-ML's LinearClassifier: the second of its two rows", async () => {
    const golden = json<{ x: number[][]; prob: number[] }>("sklearn_lr_hash/golden_onnx.json");
    const names = ["a", "b", "c"];
    const converted = convertLinear(await open("sklearn_lr_hash/lr_linearclassifier.onnx"), dense(names));
    expect(converted.model.spec.family).toBe("logistic-regression");
    const logits = golden.prob.map((one) => logit(Array.isArray(one) ? Number(one[1]) : one));
    expect(largest(converted, columnsOf(names, golden.x), logits)).toBeLessThan(1e-5);
  });

  it("of a softmax, the second over the first", () => {
    const tensors = {
      coefficients: tensorOf("coefficients", [2, 2], [1, 0, 3, 2]),
      intercepts: tensorOf("intercepts", [2], [0.5, 1]),
    };
    const softmax = convertLinear(
      checkpointOf(tensors, { format: "onnx", hyperparameters: { softmax: 1 } }),
      dense(["x", "y"]),
    );
    expect(largest(softmax, { x: [0, 1], y: [0, 1] }, [0.5, 4.5])).toBe(0);
    const logistic = convertLinear(checkpointOf(tensors, { format: "onnx" }), dense(["x", "y"]));
    expect(largest(logistic, { x: [0, 1], y: [0, 1] }, [1, 6])).toBe(0);
  });

  it("XGBoost's gblinear", async () => {
    const golden = json<{ rows: number[][]; prob: number[] }>("xgboost_ctr/golden_gblinear.json");
    const names = golden.rows[0]?.map((_, at) => `f${at}`) ?? [];
    const converted = convertLinear(await open("xgboost_ctr/gblinear.json"), dense(names));
    expect(largest(converted, columnsOf(names, golden.rows), golden.prob.map(logit))).toBeLessThan(1e-5);
  });

  it("are asked which of several outputs to go on with", () => {
    const tensors = {
      coef: tensorOf("coef", [3, 2], [1, 2, 3, 4, 5, 6]),
      intercept: tensorOf("intercept", [3], [0.5, 0.25, 0.125]),
    };
    const checkpoint = checkpointOf(tensors, { format: "numpy-npz" });
    expect(() => convertLinear(checkpoint, dense(["a", "b"]))).toThrow(/a linear model of 3 outputs/);
    const second = convertLinear(checkpoint, dense(["a", "b"]), { checkpoint: { output: 1 } });
    expect(largest(second, { a: [1], b: [10] }, [3 + 40 + 0.25])).toBe(0);
  });
});

describe("weights that all features are hashed into", () => {
  const golden = json<{ rows: Record<string, number>[]; logit: number[] }>("sklearn_lr_hash/golden.json");
  const NUMBERS = ["d0", "d1"];
  /** `user=u1588` -> column user, value u1588. */
  const texts = (row: Record<string, number>): Record<string, string> =>
    Object.fromEntries(
      Object.keys(row).flatMap((key) => (key.includes("=") ? [key.split("=", 2) as [string, string]] : [])),
    );

  it.each([
    ["lr.npz", 1e-9],
    // Of float32.
    ["lr_compressed.npz", 1e-6],
  ])("scikit-learn's FeatureHasher: %s has the golden logits", async (name, tolerance) => {
    const keys = Object.keys(texts(golden.rows[0] ?? {}));
    expect(keys.length).toBeGreaterThan(3);
    const hashed = keys.map((key) => ({
      name: key,
      encoder: { kind: "hash", buckets: 16384, function: "murmur3-signed", prefix: `${key}=` },
    }));
    const converted = convertLinear(await open(`sklearn_lr_hash/${name}`), [...hashed, ...dense(NUMBERS)]);
    const columns = Object.fromEntries([
      ...keys.map((key) => [key, golden.rows.map((row) => texts(row)[key] ?? "")]),
      ...NUMBERS.map((key) => [key, golden.rows.map((row) => row[key] ?? 0)]),
    ]);
    expect(golden.logit.length).toBeGreaterThan(5);
    expect(largest(converted, columns, golden.logit)).toBeLessThan(tolerance);
  });

  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
  const hash = (namespace: string, text: string): number =>
    vowpalWabbitHash(utf8(text), 0, utf8(text).length, namespaceHash(namespace)) % 2 ** 18;
  const vw = (lines: readonly string[], options = "options:"): Checkpoint =>
    vowpalWabbit.read(
      memoryTree("m.txt", {
        "m.txt": utf8(
          [
            "Version 9.0.0",
            "Id ",
            "Min label:-50",
            "Max label:50",
            "bits:18",
            "lda:0",
            "0 ngram:",
            "0 skip:",
            options,
            "Checksum: 1",
            ":0",
            ...lines,
            "",
          ].join("\n"),
        ),
      }),
    );
  const LINES = [
    `${hash("u", "ann")}:0.5`,
    `${hash("u", "42")}:-1.25`,
    `${hash("n", "price")}:2`,
    "116060:0.125",
  ];
  const FEATURES = [
    { name: "user", encoder: { kind: "hash", buckets: 2 ** 18, function: "vowpal-wabbit", namespace: "u" } },
    { name: "n^price", column: "price", encoder: { kind: "dense" } },
  ];

  it("Vowpal Wabbit: namespaces, names of digits, a number by its name, the constant", () => {
    const converted = convertLinear(vw(LINES), FEATURES);
    const columns = { user: ["ann", "42", "nobody"], price: [0, 3, 1] };
    expect(largest(converted, columns, [0.625, 0.125 - 1.25 + 6, 2.125])).toBeLessThan(1e-7);
    expect(converted.model.spec.terms.map(({ kind }) => kind)).toEqual(["bias", "linear"]);
  });

  it("Vowpal Wabbit's squared loss predicts numbers", () => {
    const squared = {
      ...vw(LINES),
      hyperparameters: new Map([
        ["bits", 18],
        ["Min label", 0],
      ]),
    };
    expect(convertLinear(squared, FEATURES).model.spec.learner.link).toBe("squared");
    expect(convertLinear(vw(LINES), FEATURES).model.spec.learner.link).toBe("logistic");
  });

  it("Vowpal Wabbit's adaptive slots are Adagrad's sums", () => {
    const slots = LINES.map((line, at) => `${line} ${at + 1} 1`);
    const learner = { optimizer: { kind: "adagrad", rate: 0.5 } };
    const converted = convertLinear(vw(slots), FEATURES, { learner });
    const sums = Array.from(converted.model.tensors.get("linear/user/accumulator")?.values() ?? [], Number);
    expect([sums[hash("u", "ann")], sums[hash("u", "42")], sums[0]]).toEqual([1, 2, 0]);
    expect(Number(converted.model.tensors.get("linear/n^price/accumulator")?.values()[0])).toBe(3);
  });

  it("Vowpal Wabbit's pairs are refused by the option's name, and shown by inspect", () => {
    const pairs = vw(LINES, "options: --quadratic ab");
    expect(() => convertLinear(pairs, FEATURES)).toThrow(/trained with --quadratic/);
    expect(JSON.stringify(lookAt(pairs, "m.txt"))).toContain("trained with --quadratic");
  });

  it("Vowpal Wabbit's --interact is of products, which numbers alone can hold", () => {
    const products = vw(LINES, "options: --interact ab");
    expect(() => convertLinear(products, FEATURES)).toThrow(/--interact ab[\s\S]*dense features alone/);
    const converted = convertLinear(products, dense(["n^price"]));
    expect(largest(converted, { "n^price": [0, 3] }, [0.125, 6.125])).toBeLessThan(1e-7);
  });
});
