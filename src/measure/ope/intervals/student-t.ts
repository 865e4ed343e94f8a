import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { around, type Bounds, momentsOf } from "./bounds.js";

/**
 * One-sided bounds of the mean at level delta each, t quantile of n - 1 degrees of freedom times the standard error
 * (Thomas, Theocharous & Ghavamzadeh 2015, High confidence off-policy improvement; Open Bandit Pipeline 0.5.5). Exact
 * for normal terms alone. Importance-weighted rewards are skewed: below few hundred effective rows the lower bound holds
 * too often and the upper one too seldom.
 */
export function studentT(terms: Float64Array, delta: number): Bounds {
  const { n, mean, variance } = momentsOf(terms);
  return around(mean, studentTWidth(Math.sqrt(variance / (n - 1)), n, delta));
}

/** The t quantile of level 1 - delta, n - 1 degrees of freedom, times a standard error. */
export function studentTWidth(standardError: number, n: number, delta: number): number {
  return tQuantile(1 - delta, n - 1) * standardError;
}
