import { describe, expect, it } from "vitest";
import { type Converted, convert } from "../../src/convert/convert.js";
import { generatedRows } from "../../src/convert/parity/generated.js";
import { parseGolden } from "../../src/convert/parity/golden.js";
import { compareScores, requireParity } from "../../src/convert/parity/parity.js";
import { columnOf, type ParityRows } from "../../src/convert/parity/rows.js";
import { sourceScorer } from "../../src/convert/parity/source-score.js";
import { UnbatchError } from "../../src/core/errors.js";
import { checkpointOf, configOf, MF_SHAPES, tensorOf } from "./checkpoints.js";

const SGD = { optimizer: { kind: "sgd", rate: 0.1 } };
const IDS = new Map([
  ["userId", new Map(Object.entries({ a: 1, b: 2, c: 3, d: 4 }))],
  ["itemId", new Map(Object.entries({ x: 1, y: 2, z: 3 }))],
]);
const MF = {
  features: [
    { name: "userId", encoder: { kind: "vocabulary" } },
    { name: "itemId", encoder: { kind: "vocabulary" } },
  ],
  learner: SGD,
};

function convertMf(precision: "float32" | "float64" = "float64"): Converted {
  const given = {
    checkpoint: checkpointOf(MF_SHAPES),
    config: configOf(MF),
    vocabularies: IDS,
    where: "mf.pt",
  };
  return convert(given, { slots: "exact", precision });
}

function compare(converted: Converted, rows: ParityRows, tolerance = 1e-9) {
  return compareScores(converted.source, converted.bound, converted.model, rows, tolerance);
}

const rowsOf = (users: (string | undefined)[], items: string[], golden?: number[]): ParityRows => ({
  kind: golden === undefined ? "log" : "golden",
  rows: users.length,
  columns: new Map([
    ["userId", columnOf(users)],
    ["itemId", columnOf(items)],
  ]),
  ...(golden === undefined ? {} : { golden: Float64Array.from(golden) }),
});

/** The score by hand, from the tensors as made. */
function scoreByHand(user: number, item: number): number {
  const of = (name: string, at: number): number =>
    Number(checkpointOf(MF_SHAPES).tensors.get(name)?.values()[at] ?? Number.NaN);
  let score = of("global_bias", 0) + of("user_bias.weight", user) + of("item_bias.weight", item);
  for (let k = 0; k < 3; k++)
    score += of("user_embedding.weight", user * 3 + k) * of("item_embedding.weight", item * 3 + k);
  return score;
}

describe("compareScores", () => {
  it("finds both paths equal to a score by hand, unknown ids at the padding row", () => {
    const converted = convertMf();
    const golden = [scoreByHand(2, 3), scoreByHand(0, 1), scoreByHand(4, 0)];
    const parity = compare(converted, rowsOf(["b", "nobody", "d"], ["z", "x", "?"], golden));
    expect(parity.report).toMatchObject({ source: "golden", rows: 3, tolerance: 1e-9 });
    expect(parity.report.maxAbsoluteDifference).toBeLessThan(1e-14);
  });

  it("names the row of the largest difference, its values and every score, and fails with exit code 1", () => {
    const golden = [scoreByHand(2, 3), scoreByHand(1, 1) + 0.25];
    const parity = compare(convertMf(), rowsOf(["b", "a"], ["z", "x"], golden));
    expect(parity.report.at).toBe(1);
    expect(parity.report.maxAbsoluteDifference).toBeCloseTo(0.25, 12);
    const error = failureOf(() => requireParity(parity, "mf.pt"));
    expect(error.exitCode).toBe(1);
    expect(error.message).toMatch(
      /golden row 1 \(userId = a, itemId = x\): online .*source tensors .*golden/,
    );
    expect(error.message).toContain("check the encoders");
  });

  it("sees a model that is not what the source tensors say", () => {
    const converted = convertMf();
    const tensors = new Map(converted.model.tensors);
    const table = Float64Array.from(tensors.get("linear/itemId/weight")?.values() ?? [], Number);
    table[2] = (table[2] ?? 0) + 1e-3;
    tensors.set("linear/itemId/weight", { name: "", shape: [4, 1], dtype: "float64", values: () => table });
    const changed = { ...converted, model: { ...converted.model, tensors } };
    const parity = compare(changed, rowsOf(["a", "b", "c"], ["x", "y", "z"]), 1e-5);
    expect(parity.report.at).toBe(1);
    expect(parity.report.maxAbsoluteDifference).toBeCloseTo(1e-3, 10);
    expect(failureOf(() => requireParity(parity, "mf.pt")).message).toContain(
      "the two scoring paths of unbatch disagree",
    );
  });

  it("sets aside rows that neither path can score, and refuses such a golden row", () => {
    const parity = compare(convertMf(), rowsOf(["a", undefined], ["x", "y"]));
    expect(parity).toMatchObject({ setAside: 1, report: { rows: 1 } });
    expect(() => compare(convertMf(), rowsOf(["a", undefined], ["x", "y"], [0, 0]))).toThrow(
      /golden row 1.*id-missing/,
    );
    expect(() => compare(convertMf(), rowsOf([undefined], ["x"]))).toThrow(/none of 1 rows can be scored/);
  });

  it("agrees on generated rows, known and unknown, to float32 rounding of the state", () => {
    const converted = convertMf("float32");
    const rows = generatedRows(converted.source.config, IDS, 500);
    const parity = compare(converted, rows);
    expect(parity.report).toMatchObject({ source: "generated", rows: 500 });
    expect(parity.report.maxAbsoluteDifference).toBeLessThan(1e-12);
    const users = rows.columns.get("userId");
    const distinct = users?.kind === "text" ? users.distinct : [];
    expect(distinct.filter((id) => IDS.get("userId")?.has(id)).length).toBe(4);
    expect(distinct.some((id) => id.startsWith("unknown"))).toBe(true);
  });
});

describe("every encoder, in a wide & deep model", () => {
  const config = configOf({
    features: [
      { name: "shop", encoder: { kind: "vocabulary", unknown: { buckets: 3 }, missing: "" } },
      { name: "page", encoder: { kind: "hash", buckets: 5 } },
      { name: "hour", encoder: { kind: "identity", size: 4, outOfRange: 0, missing: 1 } },
      {
        name: "lat",
        encoder: { kind: "bucketize", boundaries: [1.1, 2.2], precision: "float32", missing: 0 },
      },
      { name: "kind", encoder: { kind: "vocabulary", unknown: "grow" } },
      { name: "fare", encoder: { kind: "dense", mean: 3, variance: 7, precision: "float32", missing: 0 } },
      { name: "secs", encoder: { kind: "dense", mean: 2, scale: 3, transform: "log1p", truncate: true } },
    ],
    learner: SGD,
  });
  const vocabularies = new Map([
    [
      "shop",
      new Map([
        ["s", 0],
        ["t", 1],
      ]),
    ],
    [
      "kind",
      new Map([
        ["k", 0],
        ["l", 1],
      ]),
    ],
  ]);
  const checkpoint = checkpointOf({
    "wide.shop.weight": [5, 1],
    "wide.page.weight": [5, 1],
    "wide.hour.weight": [4, 1],
    "wide.lat.weight": [3, 1],
    bias: [1],
    "embs.kind.weight": [2, 4],
    "mlp.0.weight": [8, 6],
    "mlp.0.bias": [8],
    "mlp.2.weight": [1, 8],
    "mlp.2.bias": [1],
  });
  const converted = convert(
    { checkpoint, config, vocabularies, where: "wd.pt" },
    { slots: "exact", precision: "float32" },
  );

  it("agrees with the source tensors on generated rows", () => {
    const parity = compare(converted, generatedRows(config, vocabularies, 2000));
    expect(parity.report.rows).toBe(2000);
    expect(parity.report.maxAbsoluteDifference).toBeLessThan(1e-6);
  });

  it("agrees on a row worked out by hand", () => {
    const of = (name: string): number[] => Array.from(checkpoint.tensors.get(name)?.values() ?? [], Number);
    const columns = new Map([
      ["shop", columnOf(["t"])],
      // FarmHash Fingerprint64 of the empty string is k2 = 0x9ae16a3b2f90404f.
      ["page", columnOf([""])],
      ["hour", columnOf([9])],
      ["lat", columnOf([undefined])],
      ["kind", columnOf(["l"])],
      ["fare", columnOf([5])],
      ["secs", columnOf([6.9])],
    ]);
    const bucket = Number(0x9ae16a3b2f90404fn % 5n);
    const fare = Math.fround(2 / Math.fround(Math.sqrt(7)));
    const x = [...of("embs.kind.weight").slice(4), fare, (Math.log1p(6) - 2) / 3];
    const hidden = of("mlp.0.bias").map((bias, j) =>
      Math.max(
        0,
        x.reduce((sum, value, i) => sum + value * (of("mlp.0.weight")[j * 6 + i] ?? 0), bias),
      ),
    );
    const deep = hidden.reduce(
      (sum, value, j) => sum + value * (of("mlp.2.weight")[j] ?? 0),
      of("mlp.2.bias")[0] ?? 0,
    );
    const wide = [
      of("wide.shop.weight")[1],
      of("wide.page.weight")[bucket],
      of("wide.hour.weight")[0],
      of("wide.lat.weight")[0],
    ];
    const expected = wide.reduce<number>(
      (sum, weight) => sum + (weight ?? Number.NaN),
      deep + (of("bias")[0] ?? 0),
    );
    expect(sourceScorer(converted.source, converted.bound)(columns, 0)).toBeCloseTo(expected, 12);
    const parity = compare(converted, {
      kind: "golden",
      rows: 1,
      columns,
      golden: Float64Array.of(expected),
    });
    expect(parity.report.maxAbsoluteDifference).toBeLessThan(1e-6);
  });

  it("takes activation and the order of inputs from model.terms", () => {
    const terms = [
      {
        kind: "deep",
        inputs: ["secs", "fare", { feature: "kind", width: 4 }],
        hidden: [8],
        activation: "tanh",
      },
    ];
    const other = convert(
      {
        checkpoint,
        config: configOf({
          ...config,
          log: { time: "t" },
          model: { terms },
          checkpoint: undefined,
          replay: undefined,
          compare: undefined,
        }),
        vocabularies,
        where: "wd.pt",
      },
      { slots: "exact", precision: "float64" },
    );
    expect(other.model.spec.terms.at(-1)).toMatchObject({
      inputs: [{ feature: "secs" }, { feature: "fare" }, { feature: "kind", width: 4 }],
      layers: [
        { units: 8, activation: "tanh" },
        { units: 1, activation: "linear" },
      ],
    });
    expect(
      compare(other, generatedRows(config, vocabularies, 200)).report.maxAbsoluteDifference,
    ).toBeLessThan(1e-9);
  });
});

describe("parseGolden", () => {
  const names = { columns: { user: "user_ids" }, score: "logits", scale: "logit" as const, rows: {} };
  const text = JSON.stringify({
    user_ids: ["a", null, "b"],
    hour: [1, null, 3],
    logits: [0.5, 1, -1],
    oov: {},
  });

  it("reads equal-length columns by their names there", () => {
    const rows = parseGolden(text, ["user", "hour"], names, "golden.json");
    expect(rows).toMatchObject({ kind: "golden", rows: 3, golden: Float64Array.of(0.5, 1, -1) });
    expect(rows.columns.get("user")).toEqual({
      kind: "text",
      distinct: ["a", "b"],
      codes: Int32Array.of(0, -1, 1),
    });
    expect(rows.columns.get("hour")).toEqual({ kind: "number", values: Float64Array.of(1, Number.NaN, 3) });
  });

  it.each([
    ["{", /golden.json: no JSON/],
    ["[1]", /JSON that is not an object/],
    ['{"user_ids": ["a"]}', /no column "logits"\n {2}expected: one of user_ids/],
    ['{"logits": [1]}', /no column "user_ids"/],
    ['{"user_ids": ["a"], "logits": [1, 2]}', /1 values of user_ids beside 2 of logits/],
    ['{"user_ids": ["a"], "logits": ["x"]}', /a logits of NaN at row 0, which is not a finite number/],
    ['{"user_ids": [{}], "logits": [1]}', /user_ids, row 0: \{\}/],
    ['{"user_ids": [], "logits": []}', /no rows/],
  ])("refuses %s", (bad, message) => {
    expect(() => parseGolden(bad, ["user"], names, "golden.json")).toThrow(message);
  });
});

function failureOf(action: () => void): UnbatchError {
  try {
    action();
  } catch (error) {
    if (error instanceof UnbatchError) return error;
    throw error;
  }
  throw new Error("did not fail");
}

it("has a checkpoint whose rows differ, so that a wrong row shows", () => {
  const values = [...(tensorOf("user_bias.weight", [5, 1]).values() as Float32Array)];
  expect(new Set(values).size).toBe(5);
});
