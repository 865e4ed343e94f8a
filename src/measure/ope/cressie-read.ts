import { estimate, type Figure } from "../../core/figure.js";
import type { WeightedRows } from "./rows.js";
import { anyWeight, type WeightRange, widened } from "./weight-range.js";

/**
 * Empirical likelihood in the Cressie-Read family, power -2 (Karampatziakis, Langford & Mineiro 2020, Empirical likelihood
 * for contextual bandits; VowpalWabbit/estimators, cressieread.py). Rows are given masses, near to equal, under which
 * the weights average 1; one imagined row of the least or the largest possible weight makes that feasible. Mass of
 * weight that this leaves missing is given the mean logged reward. Refused without rows, or where the weights cannot
 * average 1. O(n).
 */
export function cressieRead(rows: WeightedRows, range: WeightRange = anyWeight): Figure {
  const limits = widened(rows, range);
  if ("refused" in limits) return limits;
  const { weights, rewards } = rows;
  const n = weights.length;
  let [sum, squares, rewarded, squaresRewarded, rewardSum] = [0, 0, 0, 0, 0];
  for (let row = 0; row < n; row++) {
    const weight = weights[row] ?? 0;
    const reward = rewards[row] ?? 0;
    sum += weight;
    squares += weight * weight;
    rewarded += weight * reward;
    squaresRewarded += weight * weight * reward;
    rewardSum += reward;
  }
  // The mass of a row is (constant + slope w) / (n + 1): of the tilts linear in w, the one that makes the mean weight 1.
  let constant = (n + 1) / n;
  let slope = 0;
  const imagined = sum < n ? limits.most : limits.least;
  if (imagined !== Number.POSITIVE_INFINITY) {
    const mean = (imagined + sum) / (n + 1);
    const square = (imagined * imagined + squares) / (n + 1);
    const variance = square - mean * mean;
    constant = (square - mean) / variance;
    slope = (1 - mean) / variance;
  }
  const covered = (constant * sum + slope * squares) / (n + 1);
  const missing = Math.max(0, 1 - covered);
  const value = (constant * rewarded + slope * squaresRewarded) / (n + 1) + (missing * rewardSum) / n;
  return estimate(value, n, "cressie-read");
}
