import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Figure, refusal } from "../../src/core/figure.js";
import { seededRandom } from "../../src/core/random.js";
import { againstBaseline } from "../../src/measure/interval/against-baseline.js";
import { confidenceSequence } from "../../src/measure/interval/confidence-sequence.js";
import { fixedBInterval } from "../../src/measure/interval/fixed-b-hac.js";
import { groupedTInterval, groupedTPValue } from "../../src/measure/interval/grouped-t.js";
import { holmAdjusted } from "../../src/measure/interval/holm.js";
import { movingBlockBootstrap } from "../../src/measure/interval/moving-block-bootstrap.js";
import { type PairedSlices, pairedFigures, pairedLosses } from "../../src/measure/interval/paired-slices.js";
import { ratioOfMeans } from "../../src/measure/interval/ratio-of-means.js";
import { reasonOf, valueIn } from "./arbitraries.js";

const intervals: Record<string, (pairs: PairedSlices) => Figure> = {
  groupedT: (pairs) => groupedTInterval(pairs),
  fixedB: (pairs) => fixedBInterval(pairs),
  bootstrap: (pairs) => movingBlockBootstrap(pairs, { seed: 1, runs: 200 }),
  sequence: (pairs) => confidenceSequence(pairs),
};

/** Stationary AR(1) differences, the same for the same seed. */
function pairsOf(slices: number, seed: number, { phi = 0.3, mean = 0, uneven = true } = {}): PairedSlices {
  const random = seededRandom(seed);
  const differences = new Float64Array(slices);
  const weights = new Float64Array(slices);
  let state = random.normal() / Math.sqrt(1 - phi * phi);
  for (let at = 0; at < slices; at++) {
    if (at > 0) state = phi * state + random.normal();
    differences[at] = mean + state;
    weights[at] = uneven ? 1 + Math.floor(8 * random.uniform()) : 1;
  }
  return { rows: weights.reduce((sum, weight) => sum + weight, 0), differences, weights };
}

function bounds(figure: Figure): { low: number; high: number; confidence: number } {
  if ("refused" in figure || figure.interval === undefined) throw new Error(JSON.stringify(figure));
  return figure.interval;
}

const anyPairs = fc
  .record({ slices: fc.integer({ min: 28, max: 130 }), seed: fc.nat() })
  .map(({ slices, seed }) => pairsOf(slices, seed));

function expectClose(found: number, expected: number): void {
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
}

describe.each(Object.entries(intervals))("%s", (name, interval) => {
  const map = (pairs: PairedSlices, change: (difference: number) => number): PairedSlices => ({
    ...pairs,
    differences: pairs.differences.map(change),
  });

  it("moves and scales with the differences, and does not feel the unit of the weights", () => {
    fc.assert(
      fc.property(anyPairs, (pairs) => {
        const one = interval(pairs);
        const { low, high } = bounds(one);
        expect(low).toBeLessThan(high);
        const moved = bounds(interval(map(pairs, (difference) => 4 * difference + 3)));
        expectClose(moved.low, 4 * low + 3);
        expectClose(moved.high, 4 * high + 3);
        const halved = interval({ ...pairs, weights: pairs.weights.map((weight) => weight / 2) });
        expectClose(bounds(halved).low, low);
        expectClose(bounds(halved).high, high);
        if (name !== "bootstrap") {
          const turned = bounds(interval(map(pairs, (difference) => -difference)));
          expectClose(turned.low, -high);
          expectClose(turned.high, -low);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("is of the row-weighted mean, which lies in it", () => {
    fc.assert(
      fc.property(anyPairs, ({ differences, weights, rows }) => {
        const figure = interval({ differences, weights, rows });
        const sum = differences.reduce((total, difference, at) => total + difference * (weights[at] ?? 0), 0);
        if (name !== "sequence") expectClose(valueIn(figure), sum / rows);
        expect(figure).toMatchObject({ rows });
        const { low, high, confidence } = bounds(figure);
        expect(confidence).toBe(0.95);
        expect(low <= valueIn(figure) && valueIn(figure) <= high).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("is refused below 28 slices, without weight or variation, and for NaN", () => {
    const pairs = pairsOf(28, 4);
    expect(reasonOf(interval(pairsOf(27, 4)))).toBe("too-few-slices");
    expect(reasonOf(interval({ ...pairs, weights: pairs.weights.map(() => 0) }))).toBe("no-weight");
    expect(reasonOf(interval(map(pairs, () => 0)))).toBe("no-variation");
    expect(reasonOf(interval(map(pairs, () => 0.1)))).toBe("no-variation");
    expect(reasonOf(interval(map(pairs, (difference) => (difference > 0 ? Number.NaN : 1))))).toBe(
      "not-finite",
    );
    expect(reasonOf(interval(pairs))).toMatch(/^estimate/);
  });
});

describe("where an interval is too narrow it says so", () => {
  it("for slices that differ like their neighbours, not for others", () => {
    const smooth = pairsOf(120, 4, { phi: 0.9 });
    const rough = pairsOf(120, 4, { phi: 0 });
    for (const interval of [intervals["groupedT"], intervals["fixedB"], intervals["sequence"]]) {
      expect(interval?.(smooth)).toMatchObject({
        estimator: expect.stringMatching(/autocorrelation 0\.[789]\d/) as string,
      });
      expect(interval?.(rough)).not.toMatchObject({ estimator: expect.stringContaining("narrow") as string });
    }
  });

  it("for a ratio that few units carry", () => {
    const units = 400;
    const even = ratioOfMeans(
      new Float64Array(units).map((_, at) => at % 3),
      new Float64Array(units).fill(2),
    );
    const heavy = new Float64Array(units).map((_, at) => (at % 100 === 0 ? 1000 : 1));
    expect(even).not.toMatchObject({ estimator: expect.stringContaining("narrow") as string });
    expect(ratioOfMeans(heavy, heavy)).toMatchObject({
      estimator: expect.stringContaining("5 units carry it: can be too narrow") as string,
    });
  });
});

describe("t over groups", () => {
  it("with equal weights and groups of 7 is the t interval of the group means", () => {
    const pairs = pairsOf(56, 9, { uneven: false });
    const means = Array.from({ length: 8 }, (_, group) =>
      pairs.differences.subarray(7 * group, 7 * group + 7).reduce((sum, one) => sum + one / 7, 0),
    );
    const mean = means.reduce((sum, one) => sum + one / 8, 0);
    const deviation = Math.sqrt(means.reduce((sum, one) => sum + (one - mean) ** 2 / 7, 0));
    const { low, high } = bounds(groupedTInterval(pairs));
    // 97.5 % quantile of t with 7 degrees of freedom, from tables.
    const quantile = 2.364624251592785;
    expectClose(low, mean - (quantile * deviation) / Math.sqrt(8));
    expectClose(high, mean + (quantile * deviation) / Math.sqrt(8));
  });

  it("uses a group a week up to 8, and says how many", () => {
    const groups = [28, 34, 35, 49, 56, 200].map((slices) => {
      const figure = groupedTInterval(pairsOf(slices, 2));
      return "refused" in figure ? "" : (/over (\d+) groups/.exec(figure.estimator)?.[1] ?? "");
    });
    expect(groups).toEqual(["4", "4", "5", "7", "8", "8"]);
  });

  it("has a p-value below 5 % just where the 95 % interval leaves 0 out", () => {
    let different = 0;
    for (let seed = 0; seed < 300; seed++) {
      const pairs = pairsOf(56, seed, { mean: 0.5 });
      const { low, high } = bounds(groupedTInterval(pairs));
      const isOut = low > 0 || high < 0;
      expect(valueIn(groupedTPValue(pairs)) < 0.05).toBe(isOut);
      if (isOut) different += 1;
    }
    expect(different).toBeGreaterThan(30);
    expect(different).toBeLessThan(270);
  });

  it.each([
    [30, false, 0.09],
    [30, true, 0.09],
    [56, false, 0.075],
    [56, true, 0.075],
    [84, false, 0.075],
    [126, false, 0.075],
  ])(
    "%i slices of AR(1), φ = .3, uneven rows: %s: a false difference in at most %f of 2,000 runs",
    (slices, uneven, limit) => {
      let missed = 0;
      for (let run = 0; run < 2000; run++) {
        const { low, high } = bounds(groupedTInterval(pairsOf(slices, 1e6 * slices + run, { uneven })));
        if (low > 0 || high < 0) missed += 1;
      }
      expect(missed / 2000).toBeLessThanOrEqual(limit);
      expect(missed / 2000).toBeGreaterThan(0.02);
    },
  );
});

describe("fixed-b HAC", () => {
  it("is the Bartlett-weighted sum of all products of errors", () => {
    const pairs = pairsOf(40, 3);
    const { differences, weights, rows } = pairs;
    const mean = differences.reduce((sum, one, at) => sum + (one * (weights[at] ?? 0)) / rows, 0);
    let variance = 0;
    for (let i = 0; i < 40; i++) {
      for (let j = 0; j < 40; j++) {
        const kernel = Math.max(0, 1 - Math.abs(i - j) / 8);
        const [di = 0, dj = 0, wi = 0, wj = 0] = [differences[i], differences[j], weights[i], weights[j]];
        variance += (kernel * wi * (di - mean) * wj * (dj - mean)) / rows ** 2;
      }
    }
    const reaches = ([0.9, 0.95, 0.98] as const).map((confidence) => {
      const { low, high } = bounds(fixedBInterval(pairs, confidence));
      return (high - low) / 2 / Math.sqrt(variance);
    });
    expect(reaches.map((reach) => reach.toFixed(3))).toEqual(["2.092", "2.566", "3.173"]);
  });
});

describe("the bootstrap", () => {
  it("is the same for the same seed, another for another, and says that it is too narrow", () => {
    const pairs = pairsOf(60, 5);
    const at = (seed: number): Figure => movingBlockBootstrap(pairs, { seed, runs: 300 });
    expect(at(1)).toEqual(at(1));
    expect(at(1)).not.toEqual(at(2));
    expect(at(1)).toMatchObject({ estimator: expect.stringContaining("too narrow") as string });
    const { low, high } = bounds(movingBlockBootstrap(pairs, { seed: 1, runs: 2000 }));
    const t = bounds(groupedTInterval(pairs));
    expect(high - low).toBeLessThan(t.high - t.low);
  });
});

describe("the confidence sequence", () => {
  it("ends where the mixture likelihood ratio reaches 1 / alpha", () => {
    for (const blocks of [4, 5, 12, 40]) {
      const pairs = pairsOf(7 * blocks, blocks, { uneven: false });
      const { low, high } = bounds(confidenceSequence(pairs));
      const means = Array.from({ length: blocks }, (_, block) =>
        pairs.differences.subarray(7 * block, 7 * block + 7).reduce((sum, one) => sum + one / 7, 0),
      );
      const mean = means.reduce((sum, one) => sum + one / blocks, 0);
      const variance = means.reduce((sum, one) => sum + (one - mean) ** 2 / (blocks - 1), 0);
      for (const bound of [low, high]) {
        const t2 = ((mean - bound) ** 2 * blocks) / variance;
        const r = 1 + 3 * blocks;
        const ratio = ((1 + t2 / (blocks - 1)) / (1 + t2 / (blocks - 1) / r)) ** (blocks / 2) / Math.sqrt(r);
        expect(ratio).toBeCloseTo(20, 6);
      }
    }
  });

  it("waits for whole blocks, is wider than one look's, and bounds nothing where it cannot", () => {
    const pairs = pairsOf(62, 8);
    const cut = {
      ...pairs,
      differences: pairs.differences.subarray(0, 56),
      weights: pairs.weights.subarray(0, 56),
    };
    expect(bounds(confidenceSequence(pairs))).toEqual(bounds(confidenceSequence(cut)));
    const [sequence, t] = [bounds(confidenceSequence(cut)), bounds(groupedTInterval(cut))];
    expect(sequence.high - sequence.low).toBeGreaterThan(t.high - t.low);
    expect(reasonOf(confidenceSequence(pairsOf(28, 1), 0.999))).toBe("too-few-slices");
  });

  it("held the truth at every weekly look of a year in at least 94 % of 500 runs, φ = .3", () => {
    let held = 0;
    for (let run = 0; run < 500; run++) {
      const { differences, weights, rows } = pairsOf(364, 77_000 + run, { uneven: false });
      let ever = false;
      for (let night = 28; night <= 364; night += 7) {
        const seen = {
          rows,
          differences: differences.subarray(0, night),
          weights: weights.subarray(0, night),
        };
        const { low, high } = bounds(confidenceSequence(seen));
        ever ||= low > 0 || high < 0;
      }
      if (!ever) held += 1;
    }
    expect(held / 500).toBeGreaterThanOrEqual(0.94);
  });
});

describe("Holm", () => {
  it("adjusts step by step", () => {
    const adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.005]);
    expect(adjusted.map((value) => value.toFixed(3))).toEqual(["0.030", "0.060", "0.060", "0.020"]);
    expect(holmAdjusted([])).toEqual([]);
  });

  it("lies between the p-value and Bonferroni's, in the same order, whatever the order given", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 }),
        (list) => {
          const adjusted = holmAdjusted(list);
          adjusted.forEach((value, index) => {
            expect(value).toBeGreaterThanOrEqual(list[index] ?? 0);
            expect(value).toBeLessThanOrEqual(Math.min(1, list.length * (list[index] ?? 0)));
            list.forEach((other, at) => {
              if (other < (list[index] ?? 0)) expect(adjusted[at]).toBeLessThanOrEqual(value);
            });
          });
          expect(holmAdjusted(list.toReversed()).toReversed()).toEqual(adjusted);
        },
      ),
    );
  });

  it("judges each policy against the baseline, and says which way is better", () => {
    const policies = [-3, 3, 0].map((mean) => ({
      policy: `${mean}`,
      pairs: pairsOf(84, 10 + mean, { mean, uneven: false }),
    }));
    const few = { policy: "few", pairs: pairsOf(20, 1) };
    const lower = againstBaseline([...policies, few], { better: "lower" });
    expect(lower.map(({ verdict }) => verdict)).toEqual(["better", "worse", "not told apart", "refused"]);
    const higher = againstBaseline([...policies, few], { better: "higher" });
    expect(higher.map(({ verdict }) => verdict)).toEqual(["worse", "better", "not told apart", "refused"]);
    // A policy that could not be tested does not count among the tests.
    expect(lower[0]?.adjustedPValue).toMatchObject({
      estimator: expect.stringMatching(/Holm over 3$/) as string,
    });
    expect(lower[3]?.adjustedPValue).toMatchObject({ refused: "too-few-slices" });
    // The largest p-value of three is multiplied by 1: the same as alone.
    const [alone] = againstBaseline(policies.slice(2), { better: "lower" });
    expect(lower[2]?.adjustedPValue).toMatchObject({ value: alone && valueIn(alone.adjustedPValue) });
  });
});

describe("a ratio by the delta method", () => {
  it("of equal denominators is the t interval of a mean", () => {
    const numerators = Float64Array.from({ length: 40 }, (_, unit) => (unit * 7919) % 13);
    const figure = ratioOfMeans(numerators, new Float64Array(40).fill(2));
    const mean = numerators.reduce((sum, one) => sum + one / 40, 0);
    const deviation = Math.sqrt(numerators.reduce((sum, one) => sum + (one - mean) ** 2 / 39, 0));
    // 97.5 % quantile of t with 39 degrees of freedom, from tables.
    const reach = (2.022690920036762 * deviation) / Math.sqrt(40) / 2;
    expectClose(valueIn(figure), mean / 2);
    expectClose(bounds(figure).low, mean / 2 - reach);
    expectClose(bounds(figure).high, mean / 2 + reach);
  });

  it("holds a known ratio about as often as it says where no unit dominates", () => {
    const random = seededRandom(12);
    let held = 0;
    for (let run = 0; run < 500; run++) {
      const denominators = new Float64Array(200).map(() => 1 + Math.floor(9 * random.uniform()));
      const numerators = denominators.map((count) => 0.3 * count + Math.sqrt(count) * random.normal());
      const { low, high } = bounds(ratioOfMeans(numerators, denominators));
      if (low <= 0.3 && 0.3 <= high) held += 1;
    }
    expect(held / 500).toBeGreaterThan(0.92);
    expect(held / 500).toBeLessThan(0.98);
  });

  it("is refused for few units and for nothing to divide by", () => {
    expect(reasonOf(ratioOfMeans(new Float64Array(29), new Float64Array(29).fill(1)))).toBe("too-few-units");
    expect(reasonOf(ratioOfMeans(new Float64Array(40), new Float64Array(40)))).toBe("zero-denominator");
  });
});

describe("pairs", () => {
  it("of loss curves are losses per weight, one less the other", () => {
    const curve = (loss: number[]) => ({
      startMicros: Float64Array.of(0, 1),
      rows: Float64Array.of(10, 20),
      weight: Float64Array.of(5, 40),
      loss: Float64Array.from(loss),
    });
    expect(pairedLosses(curve([5, 40]), curve([10, 20]))).toEqual({
      rows: 30,
      differences: Float64Array.of(-1, 0.5),
      weights: Float64Array.of(5, 40),
    });
  });

  it("of figures leave out slices where either is refused", () => {
    const figure = (value: number, rows: number): Figure => ({ value, rows, estimator: "ROC AUC" });
    const refused = refusal("single-class", "", "");
    const one = [figure(0.75, 10), refused, figure(0.5, 30), figure(0.5, 40)];
    const other = [figure(0.5, 10), figure(0.5, 20), refused, figure(0.25, 40)];
    expect(pairedFigures(one, other)).toEqual({
      rows: 50,
      differences: Float64Array.of(0.25, 0.25),
      weights: Float64Array.of(10, 40),
    });
  });
});
