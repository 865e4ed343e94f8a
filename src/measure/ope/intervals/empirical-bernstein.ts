import { around, type Bounds, momentsOf } from "./bounds.js";

/**
 * One-sided bounds at level delta each: mean -/+ (7 xMax ln(2 / delta) / 3(n - 1) + sqrt(2 ln(2 / delta) var / n))
 * (Maurer & Pontil 2009, theorem 4, as Open Bandit Pipeline 0.5.5 computes it; var with n - 1). Valid for every n under
 * Hoeffding's conditions: independent terms in [0, xMax], xMax known beforehand. It is no bound for terms that can be
 * negative (signed rewards, DR), nor with the sample's largest term for xMax.
 */
export function empiricalBernstein(terms: Float64Array, delta: number, xMax: number): Bounds {
  const { n, mean, variance } = momentsOf(terms);
  const log = Math.log(2 / delta);
  const range = (7 * xMax * log) / (3 * (n - 1));
  return around(mean, range + Math.sqrt((2 * log * variance) / (n - 1)));
}
