import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Figure } from "../../src/core/figure.js";
import { seededRandom } from "../../src/core/random.js";
import { brierScore } from "../../src/measure/brier.js";
import { calibrationRatio } from "../../src/measure/calibration-ratio.js";
import { logLoss } from "../../src/measure/log-loss.js";
import { normalizedEntropy } from "../../src/measure/normalized-entropy.js";
import { rocAuc } from "../../src/measure/roc-auc.js";
import type { Scored } from "../../src/measure/scored.js";
import { meanAbsoluteError, rootMeanSquaredError } from "../../src/measure/squared-error.js";
import {
  type AucHistogram,
  addToAucHistogram,
  emptyAucHistogram,
  mergeAucHistogram,
  restoreAucHistogram,
  saveAucHistogram,
  streamingAuc,
} from "../../src/measure/streaming/auc-histogram.js";
import { figuresOf } from "../../src/measure/streaming/quality-figures.js";
import {
  addToSums,
  emptySums,
  mergeSums,
  type QualitySums,
} from "../../src/measure/streaming/quality-sums.js";
import { expectSame, reasonOf, rowsArbitrary, scoredOf, shuffledArbitrary, valueIn } from "./arbitraries.js";

const ROUNDING = 1e-12;

function histogramOf(...parts: Scored[]): AucHistogram {
  const state = emptyAucHistogram();
  for (const part of parts) expect(addToAucHistogram(state, part)).toBeUndefined();
  return state;
}

function intervalOf(figure: Figure): { low: number; high: number } {
  if ("refused" in figure || figure.interval === undefined) throw new Error(JSON.stringify(figure));
  return figure.interval;
}

describe("streaming AUC", () => {
  it("holds the exact AUC in its bound, and is refused where that is", () => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        const exact = rocAuc(scoredOf(rows));
        const streamed = streamingAuc(histogramOf(scoredOf(rows)));
        if ("refused" in exact) {
          expect(reasonOf(streamed)).toBe(exact.refused);
          return;
        }
        const { low, high } = intervalOf(streamed);
        expect(exact.value).toBeGreaterThanOrEqual(low - ROUNDING);
        expect(exact.value).toBeLessThanOrEqual(high + ROUNDING);
      }),
    );
  });

  it.each([
    ["spread", 1, 0, 3e-4],
    ["rare positives, sharp", 0.4, -4, 1e-3],
    ["almost one value", 1e-3, -1, 0.26],
    ["one value", 0, -1, 0],
  ])("%s: the bound holds and is small enough to be of use", (_, scale, shift, worst) => {
    const random = seededRandom(5);
    const rows = 20_000;
    const predictions = new Float64Array(rows);
    const labels = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      predictions[row] = 1 / (1 + Math.exp(-(shift + scale * random.normal())));
      labels[row] = random.uniform() < (predictions[row] ?? 0) ? 1 : 0;
    }
    const scored = { predictions, labels };
    const streamed = streamingAuc(histogramOf(scored));
    const { low, high } = intervalOf(streamed);
    const exact = valueIn(rocAuc(scored));
    expect(exact).toBeGreaterThanOrEqual(low - ROUNDING);
    expect(exact).toBeLessThanOrEqual(high + ROUNDING);
    expect((high - low) / 2).toBeLessThanOrEqual(worst);
    expect(Math.abs(valueIn(streamed) - exact)).toBeLessThanOrEqual(worst / 10 + ROUNDING);
  });

  it("the bound is attained: in one bin every positive may stand above every negative", () => {
    const scored = { predictions: Float64Array.of(0.5, 0.5000001), labels: Float64Array.of(0, 1) };
    expect(streamingAuc(histogramOf(scored))).toMatchObject({ value: 0.5, interval: { low: 0, high: 1 } });
  });

  it("takes 0, 1 and subnormal probabilities", () => {
    const predictions = Float64Array.of(0, 1e-300, 5e-324, 1 - 2 ** -53, 1);
    const labels = Float64Array.of(0, 1, 0, 1, 1);
    const { low, high } = intervalOf(streamingAuc(histogramOf({ predictions, labels })));
    const exact = valueIn(rocAuc({ predictions, labels }));
    expect(exact >= low && exact <= high).toBe(true);
  });

  it("merged, and saved through JSON and restored, it is as if all rows had come to one", () => {
    fc.assert(
      fc.property(rowsArbitrary, rowsArbitrary, (left, right) => {
        const whole = histogramOf(scoredOf(left), scoredOf(right));
        const merged = histogramOf(scoredOf(left));
        mergeAucHistogram(merged, histogramOf(scoredOf(right)));
        expect(streamingAuc(merged)).toEqual(streamingAuc(whole));
        const saved = JSON.parse(JSON.stringify(saveAucHistogram(histogramOf(scoredOf(left))))) as never;
        const restored = restoreAucHistogram(saved);
        addToAucHistogram(restored, scoredOf(right));
        expect(saveAucHistogram(restored)).toEqual(saveAucHistogram(whole));
        expect(streamingAuc(restored)).toEqual(streamingAuc(whole));
      }),
      { numRuns: 40 },
    );
  });

  it("does not depend on the order of rows; refuses what is no probability and keeps what it had", () => {
    fc.assert(
      fc.property(shuffledArbitrary, ({ rows, shuffled }) => {
        expect(streamingAuc(histogramOf(scoredOf(shuffled)))).toEqual(
          streamingAuc(histogramOf(scoredOf(rows))),
        );
      }),
      { numRuns: 40 },
    );
    const state = emptyAucHistogram();
    const bad = { predictions: Float64Array.of(0.5, Number.NaN), labels: Float64Array.of(0, 1) };
    expect(addToAucHistogram(state, bad)).toMatchObject({ refused: "not-finite" });
    expect(saveAucHistogram(state)).toEqual({ rows: 0, bins: [] });
    expect(reasonOf(streamingAuc(state))).toBe("no-rows");
  });
});

describe("streaming sums", () => {
  const metrics = {
    ...{ logLoss, normalizedEntropy, brierScore, calibrationRatio, rootMeanSquaredError, meanAbsoluteError },
  };
  const sumsOf = (...parts: Scored[]): QualitySums => {
    const sums = emptySums();
    for (const part of parts) expect(addToSums(sums, part, "logistic")).toBeUndefined();
    return sums;
  };

  it("give the figures of all rows at once, merged and restored too", () => {
    fc.assert(
      fc.property(rowsArbitrary, rowsArbitrary, (left, right) => {
        const whole = scoredOf([...left, ...right]);
        const merged = sumsOf(scoredOf(left));
        mergeSums(merged, sumsOf(scoredOf(right)));
        const restored = JSON.parse(JSON.stringify(sumsOf(scoredOf(left)))) as QualitySums;
        addToSums(restored, scoredOf(right), "logistic");
        for (const sums of [merged, restored, sumsOf(whole)]) {
          const figures = figuresOf(sums, "logistic");
          for (const [name, metric] of Object.entries(metrics)) {
            expectSame(figures[name as keyof typeof figures], metric(whole));
          }
        }
      }),
    );
  });

  it("refuse what they cannot judge, and then have added nothing", () => {
    const sums = emptySums();
    const scored = { predictions: Float64Array.of(0.5, 7), labels: Float64Array.of(1, 4) };
    expect(addToSums(sums, scored, "logistic")).toMatchObject({ refused: "not-a-probability" });
    expect(sums).toEqual(emptySums());
    expect(addToSums(sums, scored, "squared")).toBeUndefined();
    expect(figuresOf(sums, "squared")).toMatchObject({
      logLoss: { refused: "not-a-probability" },
      meanAbsoluteError: { value: 1.75, rows: 2 },
    });
    const infinite = { predictions: Float64Array.of(Number.POSITIVE_INFINITY), labels: Float64Array.of(1) };
    expect(addToSums(sums, infinite, "squared")).toMatchObject({ refused: "not-finite" });
    for (const figure of Object.values(figuresOf(emptySums(), "logistic")))
      expect(reasonOf(figure)).toBe("no-rows");
  });
});
