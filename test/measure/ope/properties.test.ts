import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Figure } from "../../../src/core/figure.js";
import { cressieRead } from "../../../src/measure/ope/cressie-read.js";
import { dm } from "../../../src/measure/ope/dm.js";
import { dr } from "../../../src/measure/ope/dr.js";
import { drOs } from "../../../src/measure/ope/dr-os.js";
import { empiricalLikelihood } from "../../../src/measure/ope/empirical-likelihood.js";
import { type Estimated, standardError } from "../../../src/measure/ope/estimation.js";
import { ips } from "../../../src/measure/ope/ips.js";
import { replayMethod } from "../../../src/measure/ope/replay-method.js";
import type { ModelledRows } from "../../../src/measure/ope/rows.js";
import { sndr } from "../../../src/measure/ope/sndr.js";
import { snips } from "../../../src/measure/ope/snips.js";
import { subGaussianDr, subGaussianIps } from "../../../src/measure/ope/sub-gaussian.js";
import { switchDr } from "../../../src/measure/ope/switch-dr.js";
import { weightDiagnostics } from "../../../src/measure/ope/weight-diagnostics.js";

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const row = fc.record({
  reward: number(-3, 3),
  weight: fc.oneof(fc.constant(0), number(0.01, 30)),
  expected: number(-2, 2),
  predicted: number(-2, 2),
  count: number(0.1, 5),
});
type Row = typeof row extends fc.Arbitrary<infer One> ? One : never;

function rowsOf(list: readonly Row[], weighted = false): ModelledRows {
  const column = (key: keyof Row): Float64Array => Float64Array.from(list, (one) => one[key]);
  return {
    rewards: column("reward"),
    weights: column("weight"),
    expectedRewards: column("expected"),
    predictedRewards: column("predicted"),
    ...(weighted ? { rowWeights: column("count") } : {}),
  };
}

const estimators: Readonly<Record<string, (rows: ModelledRows) => Estimated>> = {
  ips: (rows) => ips(rows),
  clipped: (rows) => ips(rows, 5),
  snips,
  dm,
  dr: (rows) => dr(rows),
  "dr clipped": (rows) => dr(rows, 5),
  sndr,
  "switch-dr": (rows) => switchDr(rows, 3),
  "dr-os": (rows) => drOs(rows, 10),
  "sg-ipw": (rows) => subGaussianIps(rows, 0.1),
  "sg-dr": (rows) => subGaussianDr(rows, 0.1),
  rm: ({ rewards, weights, rowWeights }) =>
    replayMethod(
      rewards,
      weights.map((weight) => (weight > 0 ? 1 : 0)),
      rowWeights,
    ),
};

/** Equal to rounding, and refused alike. */
function expectSame(found: Figure, expected: Figure, what = ""): void {
  if ("refused" in found || "refused" in expected) {
    expect("refused" in found ? found.refused : found, what).toEqual(
      "refused" in expected ? expected.refused : expected,
    );
    return;
  }
  expect(Math.abs(found.value - expected.value), `${what}: ${found.value}, ${expected.value}`).toBeLessThan(
    1e-9 * Math.max(1, Math.abs(expected.value)),
  );
}

const lists = fc.array(row, { minLength: 2, maxLength: 40 });

describe("estimators", () => {
  it("DR is DM where no weight is, and IPS where the model predicts 0", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const rows = rowsOf(list);
        const nothing = new Float64Array(list.length);
        expectSame(dr({ ...rows, weights: nothing }), dm(rows));
        expectSame(dr({ ...rows, expectedRewards: nothing, predictedRewards: nothing }), ips(rows));
        expectSame(sndr({ ...rows, expectedRewards: nothing, predictedRewards: nothing }), snips(rows));
      }),
    );
  });

  it("the shrunk forms end at DR, DM and IPS", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const rows = rowsOf(list);
        const infinite = Number.POSITIVE_INFINITY;
        for (const end of [switchDr(rows, infinite), drOs(rows, infinite), subGaussianDr(rows, 0)])
          expectSame(end, dr(rows));
        for (const end of [switchDr(rows, 0), drOs(rows, 0), dr(rows, 0)]) expectSame(end, dm(rows));
        expectSame(subGaussianIps(rows, 0), ips(rows));
        expectSame(ips(rows, 30), ips(rows));
      }),
    );
  });

  it("scaled weights leave SNIPS and SNDR's correction alone, and scale IPS", () => {
    fc.assert(
      fc.property(lists, number(0.1, 10), (list, scale) => {
        const rows = rowsOf(list);
        const scaled = { ...rows, weights: rows.weights.map((weight) => weight * scale) };
        expectSame(snips(scaled), snips(rows));
        expectSame(sndr(scaled), sndr(rows));
        const before = ips(rows);
        if (!("refused" in before)) expectSame(ips(scaled), { ...before, value: before.value * scale });
      }),
    );
  });

  it("a reward that grows by a constant moves SNIPS and the replay method by it", () => {
    fc.assert(
      fc.property(lists, number(-5, 5), (list, shift) => {
        const rows = rowsOf(list);
        const moved = { ...rows, rewards: rows.rewards.map((reward) => reward + shift) };
        for (const key of ["snips", "rm"]) {
          const before = estimators[key]?.(rows);
          const after = estimators[key]?.(moved);
          if (before === undefined || after === undefined || "refused" in before) continue;
          expectSame(after, { ...before, value: before.value + shift }, key);
        }
      }),
    );
  });

  it("with weights of 1 the weighted forms are the plain mean", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const rows = { ...rowsOf(list), weights: new Float64Array(list.length).fill(1) };
        const mean = list.reduce((sum, { reward }) => sum + reward, 0) / list.length;
        for (const figure of [ips(rows), snips(rows), cressieRead(rows), empiricalLikelihood(rows)])
          expectSame(figure, { value: mean, rows: list.length, estimator: "mean" });
      }),
    );
  });

  it("no order of the rows matters", () => {
    fc.assert(
      fc.property(lists, fc.infiniteStream(fc.nat()), (list, keys) => {
        const order = list.map((one) => ({ one, key: keys.next().value ?? 0 }));
        const shuffled = order.sort((a, b) => a.key - b.key).map(({ one }) => one);
        for (const [name, of] of Object.entries(estimators)) {
          expectSame(of(rowsOf(shuffled, true)), of(rowsOf(list, true)), name);
        }
        expectSame(cressieRead(rowsOf(shuffled)), cressieRead(rowsOf(list)), "cressie-read");
      }),
    );
  });

  it("a row of weight 2 counts as two rows", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const twice = { ...rowsOf(list), rowWeights: Float64Array.from(list, (_, at) => 1 + (at % 2)) };
        const doubled = rowsOf(list.flatMap((one, at) => (at % 2 === 1 ? [one, one] : [one])));
        let compared = 0;
        for (const [name, of] of Object.entries(estimators)) {
          expectSame(of(twice), of(doubled), name);
          compared += 1;
        }
        expect(compared).toBe(12);
      }),
    );
  });

  it("the influences of an estimate sum to 0, and equal row weights change no standard error", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const rows = rowsOf(list);
        const even = { ...rows, rowWeights: new Float64Array(list.length).fill(3) };
        for (const [name, of] of Object.entries(estimators)) {
          const figure = of(rows);
          if ("refused" in figure) continue;
          const total = figure.influence.reduce((sum, value) => sum + value, 0);
          expect(Math.abs(total), name).toBeLessThan(1e-8 * (1 + Math.max(...figure.influence)));
          const weighted = of(even);
          if ("refused" in weighted) continue;
          expect(Math.abs(standardError(weighted) - standardError(figure))).toBeLessThan(1e-9);
        }
      }),
    );
  });

  it("the effective sample size lies between 1 and the rows, and the largest weight is where it says", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const rows = rowsOf(list);
        const found = weightDiagnostics(rows);
        if (found.sum > 0) {
          expect(found.effectiveSampleSize).toBeGreaterThan(1 - 1e-9);
          expect(found.effectiveSampleSize).toBeLessThan(list.length * (1 + 1e-9));
        } else expect(found.effectiveSampleSize).toBe(0);
        expect(found.largest).toBe(Math.max(...rows.weights));
        const mean = rows.weights.reduce((sum, weight) => sum + weight, 0) / list.length;
        expect(found.mean).toBeCloseTo(mean, 9);
      }),
    );
  });
});

describe("refusals", () => {
  it("nothing comes of no rows, of no weight, or of NaN", () => {
    const empty = rowsOf([]);
    for (const [name, of] of Object.entries(estimators)) {
      expect(of(empty), name).toMatchObject({ refused: "no-rows" });
    }
    const one: Row = { reward: 1, weight: 0, expected: 0, predicted: 0, count: 1 };
    for (const of of [estimators["snips"], estimators["sndr"], estimators["rm"]])
      expect(of?.(rowsOf([one, one]))).toMatchObject({ refused: "no-overlap" });
    for (const of of [estimators["ips"], estimators["dr"], estimators["snips"]])
      expect(of?.(rowsOf([{ ...one, reward: Number.NaN, weight: 1 }, one]))).toMatchObject({
        refused: "not-finite",
      });
    const heavy = rowsOf([{ ...one, weight: 3 }]);
    expect(cressieRead(heavy, { least: 2, most: 9 })).toMatchObject({ refused: "mean-weight-off" });
  });
});
