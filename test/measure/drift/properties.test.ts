import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { benjaminiHochberg } from "../../../src/measure/drift/benjamini-hochberg.js";
import { type BinnedPair, equalWidthEdges, quantileEdges } from "../../../src/measure/drift/bins.js";
import { chiSquareContingency } from "../../../src/measure/drift/chi-square.js";
import { featureDrift } from "../../../src/measure/drift/feature-drift.js";
import { jensenShannon, jensenShannonBits } from "../../../src/measure/drift/jensen-shannon.js";
import { ksTest } from "../../../src/measure/drift/ks.js";
import { ksExactTail } from "../../../src/measure/drift/ks-exact.js";
import type { Observed } from "../../../src/measure/drift/observed.js";
import { psi } from "../../../src/measure/drift/psi.js";
import { sampleOf, weightedSample } from "../../../src/measure/drift/sample.js";
import { wasserstein } from "../../../src/measure/drift/wasserstein.js";

const number = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: -100, max: 100, noNaN: true }));
const numbers = fc.array(number, { minLength: 1, maxLength: 40 });
const counts = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 2, maxLength: 12 });
const bins: fc.Arbitrary<BinnedPair> = counts
  .chain((reference) =>
    fc.tuple(
      fc.constant(reference),
      fc.array(fc.integer({ min: 0, max: 50 }), { minLength: reference.length, maxLength: reference.length }),
    ),
  )
  .filter((pair) => pair.every((list) => list.some((count) => count > 0)))
  .map(([reference, current]) => ({
    reference: Float64Array.from(reference),
    current: Float64Array.from(current),
  }));
const swapped = ({ reference, current }: BinnedPair): BinnedPair => ({
  reference: current,
  current: reference,
});
const value = (figure: object): number => {
  if (!("value" in figure) || typeof figure.value !== "number") throw new Error(JSON.stringify(figure));
  return figure.value;
};
const near = (found: number, expected: number): void => {
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
};

describe("numbers", () => {
  it("the order of rows is nothing", () => {
    fc.assert(
      fc.property(numbers, numbers, fc.nat(), (left, right, turn) => {
        const at = turn % left.length;
        const turned = [...left.slice(at), ...left.slice(0, at)].reverse();
        const [first, second, other] = [sampleOf(left), sampleOf(turned), sampleOf(right)];
        expect(second).toEqual(first);
        expect(ksTest(second, other)).toEqual(ksTest(first, other));
        expect(quantileEdges(second)).toEqual(quantileEdges(first));
        expect(equalWidthEdges(second)).toEqual(equalWidthEdges(first));
      }),
    );
  });

  it("equal samples are 0 apart, and p is 1", () => {
    fc.assert(
      fc.property(numbers, (list) => {
        const [first, second] = [sampleOf(list), sampleOf([...list].reverse())];
        expect(ksTest(first, second)).toMatchObject({ statistic: 0, pValue: 1 });
        expect(value(wasserstein(first, second))).toBe(0);
      }),
    );
  });

  it("either log may be the reference", () => {
    fc.assert(
      fc.property(numbers, numbers, (left, right) => {
        const [first, second] = [sampleOf(left), sampleOf(right)];
        near(value(wasserstein(second, first)), value(wasserstein(first, second)));
        const [there, back] = [ksTest(first, second), ksTest(second, first)];
        if ("refused" in there || "refused" in back) throw new Error("refused");
        near(back.statistic, there.statistic);
        near(back.pValue, there.pValue);
      }),
    );
  });

  it("Wasserstein: moving all by d is d apart, scales with the unit, keeps the triangle", () => {
    fc.assert(
      fc.property(numbers, numbers, numbers, fc.integer({ min: -9, max: 9 }), (a, b, c, d) => {
        const distance = (left: number[], right: number[]): number =>
          value(wasserstein(sampleOf(left), sampleOf(right)));
        near(
          distance(
            a,
            a.map((x) => x + d),
          ),
          Math.abs(d),
        );
        near(
          distance(
            a.map((x) => x * 3),
            b.map((x) => x * 3),
          ),
          3 * distance(a, b),
        );
        expect(distance(a, c)).toBeLessThanOrEqual(distance(a, b) + distance(b, c) + 1e-9);
      }),
    );
  });

  it("a weight of 2 is a row twice", () => {
    fc.assert(
      fc.property(numbers, numbers, (left, right) => {
        const twice = weightedSample(left, new Float64Array(left.length).fill(2));
        const other = sampleOf(right);
        near(value(wasserstein(twice, other)), value(wasserstein(sampleOf([...left, ...left]), other)));
      }),
    );
  });

  it("the exact tail falls from 1 to the two paths that stay outside", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), (n, m) => {
        const tails = Array.from({ length: n * m + 1 }, (_, gap) => ksExactTail(gap, n, m));
        expect(tails[0]).toBe(1);
        tails.forEach((tail, gap) => {
          expect(tail).toBeLessThanOrEqual((tails[gap - 1] ?? 1) + 1e-12);
        });
        let paths = 1;
        for (let k = 1; k <= n; k++) paths *= (m + k) / k;
        near(tails.at(-1) ?? 0, 2 / paths);
      }),
    );
  });
});

describe("bins", () => {
  it("equal shares are 0 apart, whatever the rows", () => {
    fc.assert(
      fc.property(bins, fc.integer({ min: 1, max: 4 }), ({ reference }, times) => {
        const pair = { reference, current: reference.map((count) => count * times) };
        near(value(psi(pair, "clip")), 0);
        near(value(jensenShannon(pair)), 0);
        const test = chiSquareContingency(pair);
        if ("refused" in test) throw new Error(test.reason);
        near(test.statistic, 0);
        near(test.pValue, 1);
      }),
    );
  });

  it("either log may be the reference, and the order of bins is nothing", () => {
    fc.assert(
      fc.property(bins, (pair) => {
        const mirrored = { reference: pair.reference.toReversed(), current: pair.current.toReversed() };
        for (const other of [swapped(pair), mirrored]) {
          for (const smoothing of ["clip", "laplace"] as const)
            near(value(psi(other, smoothing)), value(psi(pair, smoothing)));
          near(value(jensenShannon(other)), value(jensenShannon(pair)));
          const [test, turned] = [chiSquareContingency(pair), chiSquareContingency(other)];
          if ("refused" in test || "refused" in turned) throw new Error("refused");
          near(turned.statistic, test.statistic);
        }
      }),
    );
  });

  it("divergences are never negative; Jensen-Shannon is at most one bit", () => {
    fc.assert(
      fc.property(bins, (pair) => {
        expect(value(psi(pair, "laplace"))).toBeGreaterThanOrEqual(0);
        const bits = value(jensenShannonBits(pair));
        expect(bits).toBeGreaterThanOrEqual(0);
        expect(bits).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });
});

describe("Benjamini-Hochberg", () => {
  const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });

  it("keeps the order, never lowers a p-value, never exceeds 1", () => {
    fc.assert(
      fc.property(pValues, (list) => {
        const adjusted = benjaminiHochberg(list);
        expect(adjusted).toHaveLength(list.length);
        list.forEach((p, i) => {
          expect(adjusted[i]).toBeGreaterThanOrEqual(p);
          expect(adjusted[i]).toBeLessThanOrEqual(1);
          list.forEach((other, j) => {
            if (p <= other) expect(adjusted[i]).toBeLessThanOrEqual((adjusted[j] ?? 0) + 1e-15);
          });
        });
      }),
    );
  });

  it("calls what the step-up rule calls", () => {
    fc.assert(
      fc.property(pValues, fc.constantFrom(0.01, 0.05, 0.2), (list, rate) => {
        const sorted = [...list].sort((a, b) => a - b);
        const last = sorted.findLastIndex((p, at) => p * (list.length / (at + 1)) <= rate);
        const called = list.filter((p) => last >= 0 && p <= (sorted[last] ?? -1)).length;
        expect(benjaminiHochberg(list).filter((p) => p <= rate)).toHaveLength(called);
      }),
    );
  });

  it("a smaller p-value makes no other larger", () => {
    fc.assert(
      fc.property(pValues, fc.nat(), (list, index) => {
        const less = list.map((p, at) => (at === index % list.length ? p / 2 : p));
        const [before, after] = [benjaminiHochberg(list), benjaminiHochberg(less)];
        after.forEach((p, at) => {
          expect(p).toBeLessThanOrEqual((before[at] ?? 0) + 1e-15);
        });
      }),
    );
  });
});

it("a feature beside itself is no drift, of either kind", () => {
  const observed: fc.Arbitrary<Observed> = fc.oneof(
    fc
      .tuple(fc.array(number, { minLength: 100, maxLength: 200 }), fc.nat(20))
      .map(([list, missing]): Observed => ({ kind: "numeric", values: sampleOf(list), missing })),
    fc.tuple(fc.array(fc.integer({ min: 6, max: 99 }), { minLength: 20, maxLength: 40 }), fc.nat(20)).map(
      ([list, missing]): Observed => ({
        kind: "categorical",
        counts: new Map(list.map((count, at) => [`c${at}`, count])),
        missing,
      }),
    ),
  );
  fc.assert(
    fc.property(observed, (one) => {
      const drift = featureDrift(one, one);
      if ("refused" in drift) throw new Error(drift.reason);
      near(value(drift.psi), 0);
      near(value(drift.jensenShannonDistance), 0);
      near(drift.pValue, 1);
    }),
  );
});
