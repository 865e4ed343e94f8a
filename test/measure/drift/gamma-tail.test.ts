import { expect, it } from "vitest";
import { upperGamma } from "../../../src/measure/drift/gamma-tail.js";

/** e^-x times the sum of x^k / k! over k < a: the definition for whole a, term by term from the largest. */
function byPoisson(a: number, x: number): number {
  const mode = Math.min(a - 1, Math.floor(x));
  let log = -x + mode * Math.log(x);
  for (let k = 2; k <= mode; k++) log -= Math.log(k);
  let sum = 0;
  for (let k = mode, term = 1; k >= 0 && term > 1e-25; k--) {
    sum += term;
    term *= k / x;
  }
  for (let k = mode + 1, term = x / (mode + 1); k < a && term > 1e-25; k++) {
    sum += term;
    term *= x / (k + 1);
  }
  return Math.exp(log) * sum;
}

it("is the sum of Poisson terms, for few and for many degrees of freedom", () => {
  let compared = 0;
  for (const a of [1, 2, 5, 20, 29, 30, 31, 100, 500, 5000]) {
    for (const deviations of [-6, -3, -1, -0.1, 0, 0.1, 1, 3, 6, 12]) {
      const x = a + deviations * Math.sqrt(a);
      if (x <= 0) continue;
      const expected = byPoisson(a, x);
      expect(Math.abs(upperGamma(a, x) / expected - 1), `${a}, ${x}`).toBeLessThan(1e-10);
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(85);
});

it("is what arithmetic of many digits gives", () => {
  const known: [number, number, number][] = [
    [5000, 5100, 0.07932888107792196],
    [50000, 50500, 0.012868840377750943],
    [100000, 100300, 0.1713636887628348],
    [20, 25, 0.13357483408565],
  ];
  for (const [a, x, expected] of known) expect(upperGamma(a, x) / expected).toBeCloseTo(1, 8);
  expect(upperGamma(0.5, 0)).toBe(1);
  expect(upperGamma(0.5, 1.92072941034703)).toBeCloseTo(0.05, 12);
});
