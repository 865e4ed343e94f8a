import { rootBetween } from "../root.js";
import type { WeightedRows } from "../rows.js";
import type { Bounds } from "./bounds.js";
import type { RewardRange } from "./clopper-pearson.js";

/** Of the mixture: where in the past its wealth is best; the reference fixes it. */
const RHO = 1;

/**
 * Confidence sequence of the mean of w r, two-sided at level alpha: holds at every row at once, so that it may be looked at
 * every night, and for rows that depend on the past, such as those of a policy that learns (a martingale is all it
 * needs). Gamma-exponential mixture of Howard, Ramdas, McAuliffe & Sekhon 2021 (proposition 9) with predictable
 * variance about a running mean, as Waudby-Smith, Wu, Ramdas, Karampatziakis & Mineiro 2022 (Anytime-valid off-policy
 * inference for contextual bandits) and VowpalWabbit/estimators (cs.py) define it. Rewards are clamped into their range, which
 * must have been known beforehand. Wide: that is the price. Rows in the order of time. O(n + 60 * (sum of w r)).
 */
export function confidenceSequence(
  { weights, rewards }: WeightedRows,
  alpha: number,
  { least, most }: RewardRange,
): Bounds {
  const scaled = (row: number): number =>
    (Math.min(most, Math.max(least, rewards[row] ?? 0)) - least) / (most - least);
  const low = lowerBound(
    weights.map((weight, row) => weight * scaled(row)),
    alpha / 2,
  );
  const high = lowerBound(
    weights.map((weight, row) => weight * (1 - scaled(row))),
    alpha / 2,
  );
  return { low: least + low * (most - least), high: least + (1 - high) * (most - least) };
}

/** Of the mean, in [0, 1], of terms >= 0. */
function lowerBound(terms: Float64Array, alpha: number): number {
  const n = terms.length;
  let sum = 0;
  let variance = 0;
  terms.forEach((term, row) => {
    variance += (term - (sum + 0.5) / (row + 1)) ** 2;
    sum += term;
  });
  const excess = (mean: number): number => logWealth(sum - n * mean, variance) + Math.log(alpha);
  const largest = Math.min(1, sum / n);
  if (excess(0) <= 0) return 0;
  if (excess(largest) >= 0) return largest;
  return rootBetween(excess, 0, largest);
}

/**
 * ln of the mixture's wealth at sum `s` and variance `v`: with P = S(a, x) the series of the lower incomplete gamma
 * function, gamma(a, x) = x^a e^-x S(a, x), all powers cancel and ln S(v + rho, s + v + rho) - ln S(rho, rho) is left.
 */
function logWealth(s: number, v: number): number {
  return logSeries(v + RHO, s + v + RHO) - logSeries(RHO, RHO);
}

const HUGE = 1e250;

/** ln of the sum over k >= 0 of x^k / (a (a + 1) ... (a + k)), a and x > 0: its terms are positive, nothing cancels. */
function logSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  let scale = 0;
  for (let k = 1; ; k++) {
    const ratio = x / (a + k);
    term *= ratio;
    sum += term;
    if (sum > HUGE) {
      term /= HUGE;
      sum /= HUGE;
      scale += Math.log(HUGE);
    }
    if (ratio < 1 && term / (1 - ratio) < sum * 1e-17) return Math.log(sum) + scale;
  }
}
