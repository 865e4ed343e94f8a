import fc from "fast-check";
import { expect, it } from "vitest";
import { sigmoid } from "../../src/model/logistic.js";

const ULP = 2 ** -52;

it("is 1 / (1 + e^-score) to a few units in the last place", () => {
  let below = 0;
  fc.assert(
    fc.property(
      fc.double({ min: -708, max: 708, noNaN: true }),
      fc.integer({ min: 0, max: 9 }),
      (far, halvings) => {
        const score = far / 2 ** halvings;
        const expected = 1 / (1 + Math.exp(-score));
        expect(Math.abs(sigmoid(score) - expected)).toBeLessThanOrEqual(3 * ULP * expected);
        if (score < 0) below += 1;
      },
    ),
    { numRuns: 5000 },
  );
  expect(below).toBeGreaterThan(1000);
});

it("goes up, also from one power of two to the next", () => {
  let steps = 0;
  for (let score = -40; score < 40; score += 1 / 64) {
    expect(sigmoid(score + 1 / 64)).toBeGreaterThanOrEqual(sigmoid(score));
    steps += 1;
  }
  expect(steps).toBe(80 * 64);
});

it("has its ends", () => {
  expect(sigmoid(0)).toBe(0.5);
  expect(sigmoid(Number.POSITIVE_INFINITY)).toBe(1);
  expect(sigmoid(1000)).toBe(1);
  expect(sigmoid(Number.NEGATIVE_INFINITY)).toBeLessThan(1e-300);
  expect(sigmoid(-1000)).toBe(sigmoid(-708));
  expect(sigmoid(Number.NaN)).toBeNaN();
});
