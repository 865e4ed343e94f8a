import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { catchingUp } from "../../src/measure/convergence/catching-up.js";
import { type LossCurve, lossCurve, meanLoss } from "../../src/measure/convergence/loss-curve.js";

import { plateau } from "../../src/measure/convergence/plateau.js";
import { regrets } from "../../src/measure/convergence/regret.js";
import { normalizedEntropy } from "../../src/measure/normalized-entropy.js";

const DAY = 86_400e6;
const ROWS = 10;

/** A curve of one slice a day, each of ten rows, with these mean losses. */
function curveOf(losses: readonly number[]): LossCurve {
  return {
    startMicros: Float64Array.from(losses, (_, day) => day * DAY),
    rows: Float64Array.from(losses, () => ROWS),
    weight: Float64Array.from(losses, () => ROWS),
    loss: Float64Array.from(losses, (loss) => loss * ROWS),
  };
}
const means = fc.array(fc.double({ min: 0.5, max: 1.5, noNaN: true }), { minLength: 1, maxLength: 30 });
const given = (figure: object): number | string =>
  "value" in figure ? (figure.value as number) : (figure as { refused: string }).refused;

describe("a loss curve", () => {
  it("averages to the normalized entropy of all rows", () => {
    const rows = fc.array(fc.tuple(fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.boolean()), {
      minLength: 4,
      maxLength: 60,
    });
    let seen = 0;
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 7 }), (list, size) => {
        const scored = {
          predictions: Float64Array.from(list, ([p]) => p),
          labels: Float64Array.from(list, ([, y]) => Number(y)),
        };
        const slices = [];
        for (let from = 0; from < list.length; from += size)
          slices.push({ startMicros: from * DAY, from, to: Math.min(from + size, list.length) });
        const curve = lossCurve(scored, slices, "logistic");
        const whole = normalizedEntropy(scored);
        if ("refused" in curve) {
          expect(whole).toHaveProperty("refused");
          return;
        }
        seen += 1;
        expect(meanLoss(curve, 0, slices.length)).toBeCloseTo(Number(given(whole)), 12);
      }),
    );
    expect(seen).toBeGreaterThan(50);
  });

  it("of values is 1 for their mean", () => {
    const labels = Float64Array.of(1, 2, 3, 6);
    const scored = { predictions: new Float64Array(4).fill(3), labels };
    const curve = lossCurve(scored, [{ startMicros: 0, from: 0, to: 4 }], "squared");
    expect("refused" in curve ? Number.NaN : meanLoss(curve, 0, 1)).toBeCloseTo(1, 12);
  });
});

describe("catching up", () => {
  it("is the first of so many slices in a row that are near, as a plain search finds it", () => {
    fc.assert(
      fc.property(means, fc.integer({ min: 1, max: 4 }), (losses, slices) => {
        const target = curveOf(losses.map(() => 1));
        const found = catchingUp(curveOf(losses), target, { epsilon: 0.1, slices });
        const near = losses.map((loss) => loss * ROWS - ROWS <= 0.1 * ROWS);
        const first = near.findIndex((_, at) => {
          const run = near.slice(at, at + slices);
          return run.length === slices && run.every(Boolean);
        });
        expect(given(found.events)).toBe(first < 0 ? "censored" : first * ROWS);
        expect(given(found.seconds)).toBe(first < 0 ? "censored" : first * 86_400);
      }),
    );
  });

  it("counts better as near, and a lapse starts the count again", () => {
    const found = catchingUp(curveOf([0.5, 2, 0.5, 0.5]), curveOf([1, 1, 1, 1]), { epsilon: 0, slices: 2 });
    expect(given(found.events)).toBe(2 * ROWS);
  });
});

describe("plateau", () => {
  it("is where the next slices gain little on the ones before", () => {
    expect(given(plateau(curveOf([1, 0.9, 0.8, 0.7, 0.7, 0.7]), { epsilon: 0.01, slices: 1 }))).toBe(
      4 * ROWS,
    );
    expect(given(plateau(curveOf([1, 0.9, 0.8, 0.7]), { epsilon: 0.01, slices: 1 }))).toBe("censored");
    expect(given(plateau(curveOf([1, 0.9, 0.8]), { epsilon: 0.01, slices: 2 }))).toBe("too-few-slices");
  });
});

describe("regret and differences", () => {
  it("are 0 for the best, and differ as the means do", () => {
    fc.assert(
      fc.property(means, means, (a, b) => {
        const days = Math.min(a.length, b.length);
        const [one, two] = [curveOf(a.slice(0, days)), curveOf(b.slice(0, days))];
        const [first = 0, second = 0] = regrets([one, two]).map((figure) => Number(given(figure)));
        expect(Math.min(first, second)).toBe(0);
        expect(first - second).toBeCloseTo(meanLoss(one, 0, days) - meanLoss(two, 0, days), 12);
      }),
    );
  });
});
