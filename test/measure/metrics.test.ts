import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Figure } from "../../src/core/figure.js";
import { averagePrecision } from "../../src/measure/average-precision.js";
import { brierScore } from "../../src/measure/brier.js";
import { calibrationBins } from "../../src/measure/calibration-bins.js";
import { calibrationRatio } from "../../src/measure/calibration-ratio.js";
import { expectedCalibrationError } from "../../src/measure/expected-calibration-error.js";
import { logLoss, unclippedLogLoss } from "../../src/measure/log-loss.js";
import { normalizedEntropy } from "../../src/measure/normalized-entropy.js";
import { rocAuc } from "../../src/measure/roc-auc.js";
import { type Scored, slice, totals } from "../../src/measure/scored.js";
import { meanAbsoluteError, rootMeanSquaredError } from "../../src/measure/squared-error.js";
import { stableOrder } from "../../src/measure/stable-order.js";
import {
  expectSame,
  type Row,
  reasonOf,
  rowsArbitrary,
  scoredOf,
  shuffledArbitrary,
  valueIn,
} from "./arbitraries.js";

const ofRanks: Record<string, (scored: Scored) => Figure> = { rocAuc, averagePrecision };
const ofProbabilities: Record<string, (scored: Scored) => Figure> = {
  logLoss,
  unclippedLogLoss,
  normalizedEntropy,
  brierScore,
  calibrationRatio,
  expectedCalibrationError: (scored) => expectedCalibrationError(scored),
  rightClosed: (scored) => expectedCalibrationError(scored, 5, "right"),
};
const ofValues: Record<string, (scored: Scored) => Figure> = { meanAbsoluteError, rootMeanSquaredError };
const all = Object.entries({ ...ofRanks, ...ofProbabilities, ...ofValues });

const doubled = (rows: readonly Row[]): Row[] => rows.flatMap((row) => [row, row]);
const withWeight = (rows: readonly Row[], weight: (row: Row) => number): Row[] =>
  rows.map((row) => ({ ...row, weight: weight(row) }));

describe.each(all)("%s", (name, metric) => {
  it("does not depend on the order of the rows", () => {
    fc.assert(
      fc.property(shuffledArbitrary, ({ rows, shuffled }) => {
        expectSame(metric(scoredOf(shuffled)), metric(scoredOf(rows)));
      }),
    );
  });

  it("takes a weight of 2 as two rows, of 0 as none, and of 1 as no weight", () => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        expectSame(
          metric(scoredOf(withWeight(rows, ({ weight }) => 2 * weight))),
          metric(scoredOf(doubled(rows))),
        );
        expectSame(metric(scoredOf(withWeight(rows, () => 1))), metric(scoredOf(rows, "unweighted")));
        const present = rows.filter(({ weight }) => weight > 0);
        if (present.length > 0) expectSame(metric(scoredOf(rows)), metric(scoredOf(present)));
      }),
    );
  });

  it("refuses no rows, no weight and NaN", () => {
    const row = { prediction: 0.25, label: 1, weight: 1, group: 0 };
    const rows = [row, { ...row, label: 0 }];
    expect(reasonOf(metric(scoredOf([])))).toBe("no-rows");
    expect(reasonOf(metric(scoredOf([row, { ...row, label: 0, prediction: Number.NaN }])))).toBe(
      "not-finite",
    );
    expect(reasonOf(metric(scoredOf(withWeight(rows, () => 0))))).toMatch(
      /^(no-weight|no-positives|single-class)$/,
    );
    expect(Number.isFinite(valueIn(metric(scoredOf(rows))))).toBe(true);
  });

  it("refuses what is no probability, where it needs one", () => {
    const rows = [0.5, 4.31].map((prediction, label) => ({ prediction, label, weight: 1, group: 0 }));
    const expected = name in ofProbabilities ? "not-a-probability" : /^estimate/;
    expect(reasonOf(metric(scoredOf(rows)))).toMatch(expected);
  });
});

describe("metrics of ranks", () => {
  it.each(Object.entries(ofRanks))("%s is left alone by a monotone transform", (_, metric) => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        const scored = scoredOf(rows);
        const logits = scored.predictions.map((p) => Math.log(p / (1 - p)));
        expectSame(metric({ ...scored, predictions: logits }), metric(scored));
        expectSame(
          metric({ ...scored, predictions: scored.predictions.map((p) => 8 * p - 3) }),
          metric(scored),
        );
      }),
    );
  });

  it("AUC counts pairs", () => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        let pairs = 0;
        let won = 0;
        for (const positive of rows.filter(({ label }) => label === 1)) {
          for (const negative of rows.filter(({ label }) => label === 0)) {
            const weight = positive.weight * negative.weight;
            pairs += weight;
            if (positive.prediction > negative.prediction) won += weight;
            if (positive.prediction === negative.prediction) won += weight / 2;
          }
        }
        const figure = rocAuc(scoredOf(rows));
        if (pairs === 0) expect(reasonOf(figure)).toBe("single-class");
        else expect(valueIn(figure)).toBeCloseTo(won / pairs, 12);
      }),
    );
  });

  it("AUC of the other class by the other sign is the same; all-equal scores give one half", () => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        const { predictions, labels, weights } = scoredOf(rows);
        const turned = { predictions: predictions.map((p) => -p), labels: labels.map((label) => 1 - label) };
        const scored = { predictions, labels, ...(weights === undefined ? {} : { weights }) };
        expectSame(rocAuc({ ...scored, ...turned }), rocAuc(scored));
        const flat = rocAuc({ ...scored, predictions: predictions.map(() => 0.3) });
        if (!("refused" in flat)) expect(flat.value).toBeCloseTo(0.5, 12);
      }),
    );
  });

  it("average precision of all-equal scores is the base rate, of all positives 1, of a perfect ranking 1", () => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        const scored = scoredOf(rows);
        const { positive, weight } = totals(scored);
        fc.pre(positive > 0);
        const flat = averagePrecision({ ...scored, predictions: scored.predictions.map(() => 0.3) });
        expect(valueIn(flat)).toBeCloseTo(positive / weight, 12);
        expect(valueIn(averagePrecision({ ...scored, predictions: scored.labels }))).toBeCloseTo(1, 12);
      }),
    );
    const negatives = scoredOf([{ prediction: 0.5, label: 0, weight: 1, group: 0 }]);
    expect(reasonOf(averagePrecision(negatives))).toBe("no-positives");
  });
});

describe("the order of rows", () => {
  const value = fc.oneof(
    fc.double({ noNaN: true }),
    fc.constantFrom(0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, -5e-324, 0.5, -0.5),
  );
  it.each(["ascending", "descending"] as const)(
    "%s: by radix and by comparison alike, ties in row order",
    (direction) => {
      fc.assert(
        fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (few) => {
          // Repeated until it is long enough for the radix sort; each part is short enough for the other.
          const copies = Math.ceil(16384 / few.length);
          const many = Float64Array.from(
            { length: copies * few.length },
            (_, row) => few[row % few.length] ?? 0,
          );
          const sign = direction === "ascending" ? 1 : -1;
          const expected = few
            .map((_, row) => row)
            .sort((a, b) => (few[a] === few[b] ? a - b : (few[a] ?? 0) < (few[b] ?? 0) ? -sign : sign));
          expect([...stableOrder(Float64Array.from(few), direction)]).toEqual(expected);
          const order = stableOrder(many, direction);
          let unsorted = 0;
          for (let at = 1; at < order.length; at++) {
            const [a = 0, b = 0] = [order[at - 1], order[at]];
            const [left = 0, right = 0] = [many[a], many[b]];
            if (left === right ? a > b : direction === "ascending" ? left > right : left < right)
              unsorted += 1;
          }
          expect(unsorted).toBe(0);
          expect(new Set(order).size).toBe(many.length);
        }),
        { numRuns: 30 },
      );
    },
  );
});

describe("metrics of probabilities", () => {
  it("log loss is least at the base rate among constants, and NE is 1 there", () => {
    fc.assert(
      fc.property(rowsArbitrary, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (rows, other) => {
        const scored = scoredOf(rows);
        const { positive, weight } = totals(scored);
        fc.pre(positive > 0 && positive < weight);
        const at = (p: number): Scored => ({ ...scored, predictions: scored.labels.map(() => p) });
        expect(valueIn(normalizedEntropy(at(positive / weight)))).toBeCloseTo(1, 12);
        expect(valueIn(logLoss(at(other)))).toBeGreaterThanOrEqual(
          valueIn(logLoss(at(positive / weight))) - 1e-12,
        );
        expect(valueIn(calibrationRatio(at(positive / weight)))).toBeCloseTo(1, 12);
        expect(valueIn(expectedCalibrationError(at(positive / weight)))).toBeCloseTo(0, 12);
      }),
    );
  });

  it("a row that gave its label probability 0: clipped a number, unclipped infinite and said so", () => {
    const rows = [0, 0.5].map((prediction) => ({ prediction, label: 1, weight: 1, group: 0 }));
    expect(valueIn(logLoss(scoredOf(rows)))).toBeCloseTo((-Math.log(1e-15) + Math.LN2) / 2, 12);
    const unclipped = unclippedLogLoss(scoredOf(rows));
    expect(unclipped).toMatchObject({ refused: "infinite-loss" });
    expect("reason" in unclipped && unclipped.reason).toContain("1 of 2 rows");
    const without = scoredOf(rows.map((row) => ({ ...row, weight: row.prediction })));
    expect(valueIn(unclippedLogLoss(without))).toBeCloseTo(Math.LN2, 12);
  });

  it("bins hold every row and its weight, and edges go where they are said to go", () => {
    fc.assert(
      fc.property(rowsArbitrary, fc.integer({ min: 1, max: 60 }), (rows, count) => {
        for (const closed of ["left", "right"] as const) {
          const bins = calibrationBins(scoredOf(rows), count, closed);
          if ("refused" in bins) throw new Error(bins.reason);
          expect(bins).toHaveLength(count);
          expect(bins.reduce((sum, bin) => sum + bin.rows, 0)).toBe(rows.length);
          expect(bins.reduce((sum, bin) => sum + bin.weight, 0)).toBe(totals(scoredOf(rows)).weight);
        }
      }),
    );
    const binOf = (prediction: number, closed: "left" | "right"): number => {
      const bins = calibrationBins(scoredOf([{ prediction, label: 1, weight: 1, group: 0 }]), 10, closed);
      return "refused" in bins ? -1 : bins.findIndex(({ rows }) => rows === 1);
    };
    expect([0, 0.1, 0.3, 0.7, 1].map((p) => binOf(p, "left"))).toEqual([0, 1, 3, 7, 9]);
    // The edge between the third and the fourth bin is 3 x 0.1 in float64, a little above 0.3.
    expect([0, 0.1, 0.3, 3 * 0.1, 0.7, 1].map((p) => binOf(p, "right"))).toEqual([0, 0, 2, 2, 6, 9]);
  });
});

describe("a slice", () => {
  it("is the rows from and to, weights too", () => {
    const scored = scoredOf([1, 2, 3].map((n) => ({ prediction: n / 4, label: n % 2, weight: n, group: 0 })));
    expect(slice(scored, 1, 3)).toEqual({
      predictions: Float64Array.of(0.5, 0.75),
      labels: Float64Array.of(0, 1),
      weights: Float64Array.of(2, 3),
    });
  });
});
