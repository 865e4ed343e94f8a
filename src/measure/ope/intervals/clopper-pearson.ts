import betaQuantile from "@stdlib/stats-base-dists-beta-quantile";
import type { WeightedRows } from "../rows.js";
import type { Bounds } from "./bounds.js";

/** The least and the largest reward that a row could have had, known beforehand. */
export interface RewardRange {
  least: number;
  most: number;
}

/**
 * Two-sided at level alpha: the sum of w r, in units of the largest weight, taken as successes of n / (largest weight)
 * trials (Clopper & Pearson 1934; VowpalWabbit/estimators, clopper_pearson.py). Conservative where weights are equal and
 * rewards binary; a heuristic elsewhere: the largest weight is the sample's, and the trials are no whole number.
 * Rewards are scaled into [0, 1] by their range first. O(n).
 */
export function clopperPearson(
  { weights, rewards }: WeightedRows,
  alpha: number,
  { least, most }: RewardRange,
): Bounds {
  let largest = 0;
  let sum = 0;
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row] ?? 0;
    sum += (weight * ((rewards[row] ?? 0) - least)) / (most - least);
    if (weight > largest) largest = weight;
  }
  const successes = sum / largest;
  const trials = weights.length / largest;
  const low = successes > 0 ? betaQuantile(alpha / 2, successes, trials - successes + 1) : 0;
  const high = successes < trials ? betaQuantile(1 - alpha / 2, successes + 1, trials - successes) : 1;
  return { low: least + low * (most - least), high: least + high * (most - least) };
}
