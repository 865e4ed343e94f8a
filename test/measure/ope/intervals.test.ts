import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Estimation, standardError } from "../../../src/measure/ope/estimation.js";
import { drawnMean, percentileBootstrap } from "../../../src/measure/ope/intervals/bootstrap.js";
import type { Bounds } from "../../../src/measure/ope/intervals/bounds.js";
import { clopperPearson } from "../../../src/measure/ope/intervals/clopper-pearson.js";
import { confidenceSequence } from "../../../src/measure/ope/intervals/confidence-sequence.js";
import { cressieReadInterval } from "../../../src/measure/ope/intervals/cressie-read.js";
import { empiricalBernstein } from "../../../src/measure/ope/intervals/empirical-bernstein.js";
import { gaussian } from "../../../src/measure/ope/intervals/gaussian.js";
import { hoeffding } from "../../../src/measure/ope/intervals/hoeffding.js";
import { ratioJackknife } from "../../../src/measure/ope/intervals/jackknife.js";
import { rowSampler } from "../../../src/measure/ope/intervals/row-sampler.js";
import { studentT } from "../../../src/measure/ope/intervals/student-t.js";
import { ips, ipsTerms } from "../../../src/measure/ope/ips.js";
import type { WeightedRows } from "../../../src/measure/ope/rows.js";
import { snips } from "../../../src/measure/ope/snips.js";

const rewards = { least: 0, most: 1 };

/** Rows of a log whose rewards are 0 or 1, with weights that average about 1. */
const logs = fc
  .array(fc.tuple(fc.boolean(), fc.oneof(fc.constant(0), fc.double({ min: 0.05, max: 2, noNaN: true }))), {
    minLength: 20,
    maxLength: 200,
  })
  .map(
    (list): WeightedRows => ({
      rewards: Float64Array.from(list, ([reward]) => (reward ? 1 : 0)),
      weights: Float64Array.from(list, ([, weight]) => weight),
    }),
  );

type Interval = (rows: WeightedRows, alpha: number) => Bounds;

const intervals: Readonly<Record<string, Interval>> = {
  gaussian: (rows, alpha) => {
    const figure = ips(rows) as Estimation;
    return gaussian(figure.value, standardError(figure), alpha);
  },
  "student-t": (rows, alpha) => studentT(ipsTerms(rows), alpha / 2),
  hoeffding: (rows, alpha) => hoeffding(ipsTerms(rows), alpha / 2, 2),
  "empirical bernstein": (rows, alpha) => empiricalBernstein(ipsTerms(rows), alpha / 2, 2),
  "clopper-pearson": (rows, alpha) => clopperPearson(rows, alpha, rewards),
  "confidence sequence": (rows, alpha) => confidenceSequence(rows, alpha, rewards),
  "cressie-read": (rows, alpha) =>
    cressieReadInterval(rows, alpha, rewards, { least: 0, most: 2.5 }) as Bounds,
};

describe("intervals", () => {
  it("a smaller alpha never narrows them, and they have two finite ends", () => {
    fc.assert(
      fc.property(logs, (rows) => {
        fc.pre(rows.weights.some((weight) => weight > 0));
        for (const [name, interval] of Object.entries(intervals)) {
          const narrow = interval(rows, 0.2);
          const wide = interval(rows, 0.02);
          expect(Number.isFinite(wide.low) && Number.isFinite(wide.high), name).toBe(true);
          expect(narrow.low, name).toBeLessThanOrEqual(narrow.high + 1e-9);
          expect(wide.low, name).toBeLessThanOrEqual(narrow.low + 1e-9);
          expect(wide.high, name).toBeGreaterThanOrEqual(narrow.high - 1e-9);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("Clopper-Pearson of equal weights is the binomial's: 0 of 30 and 10 of 30", () => {
    const of = (clicks: number): Bounds =>
      clopperPearson(
        {
          rewards: Float64Array.from({ length: 30 }, (_, row) => (row < clicks ? 1 : 0)),
          weights: new Float64Array(30).fill(1),
        },
        0.05,
        rewards,
      );
    expect(of(0).low).toBe(0);
    expect(of(0).high).toBeCloseTo(1 - 0.025 ** (1 / 30), 12);
    expect(of(10).low).toBeCloseTo(0.17287422152603915, 12);
    expect(of(10).high).toBeCloseTo(0.5281200447898806, 12);
  });

  it("an end of the Cressie-Read interval without a solution is the range's own", () => {
    const rows = { rewards: Float64Array.of(1, 1), weights: Float64Array.of(1, 1) };
    const found = cressieReadInterval(rows, 0.05, rewards);
    if ("refused" in found) throw new Error(found.reason);
    expect(found.high).toBe(1);
    expect(found.low).toBeLessThan(1);
  });

  it("the jackknife of SNIPS is near the delta method in a long log", () => {
    const sampler = rowSampler(3);
    const rows: WeightedRows = {
      rewards: Float64Array.from({ length: 4000 }, () => (sampler.draw(10) < 3 ? 1 : 0)),
      weights: Float64Array.from({ length: 4000 }, () => sampler.draw(4)),
    };
    const delta = standardError(snips(rows) as Estimation);
    expect(ratioJackknife(ipsTerms(rows), rows.weights) / delta).toBeCloseTo(1, 2);
  });

  it("the bootstrap is the same for the same seed and near the Gaussian for a plain mean", () => {
    const sampler = rowSampler(5);
    const terms = Float64Array.from({ length: 500 }, () => sampler.draw(1000) / 1000);
    const run = (seed: number) =>
      percentileBootstrap(500, drawnMean(terms), { resamples: 1000, alpha: 0.05, sampler: rowSampler(seed) });
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    const { low, high } = studentT(terms, 0.025);
    expect(Math.abs(run(1).low - low)).toBeLessThan((high - low) / 10);
    expect(Math.abs(run(1).high - high)).toBeLessThan((high - low) / 10);
  });

  it("the confidence sequence covers the truth at every one of 2,000 rows, in most of 60 logs", () => {
    let missed = 0;
    let looked = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const sampler = rowSampler(seed);
      // Logged uniformly over two actions; the target takes action 1 with .8; rewards .2 and .5.
      const action = Float64Array.from({ length: 2000 }, () => sampler.draw(2));
      const rows: WeightedRows = {
        weights: action.map((one) => (one === 1 ? 1.6 : 0.4)),
        rewards: action.map((one) => (sampler.draw(10) < (one === 1 ? 5 : 2) ? 1 : 0)),
      };
      const truth = 0.8 * 0.5 + 0.2 * 0.2;
      for (const n of [20, 50, 100, 200, 500, 1000, 2000]) {
        const part = { weights: rows.weights.subarray(0, n), rewards: rows.rewards.subarray(0, n) };
        const { low, high } = confidenceSequence(part, 0.1, rewards);
        looked += 1;
        if (truth < low || truth > high) {
          missed += 1;
          break;
        }
      }
    }
    expect(looked).toBeGreaterThan(300);
    expect(missed).toBeLessThanOrEqual(6);
  });
});
