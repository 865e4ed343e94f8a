import normalQuantile from "@stdlib/stats-base-dists-normal-quantile";
import { around, type Bounds } from "./bounds.js";

/**
 * value -/+ z standard errors, two-sided at level alpha: of a mean (VowpalWabbit/estimators, gaussian.py), and with the
 * delta method's standard error of a ratio. Holds as n grows (central limit theorem); where a few large weights carry
 * the sum it is too narrow, and misses on the side of the rewards that were not seen: no bound for a finite n.
 */
export function gaussian(value: number, standardError: number, alpha: number): Bounds {
  return around(value, normalQuantile(1 - alpha / 2, 0, 1) * standardError);
}
