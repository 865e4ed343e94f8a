import { doublyRobustTerms } from "./dr.js";
import { type Estimated, meanOf } from "./estimation.js";
import type { ModelledRows } from "./rows.js";

/** lambda w / (w^2 + lambda); its limits are w at Infinity and 0 at 0 (where the formula is 0 / 0 for w = 0). */
export function optimisticShrinkage(weight: number, lambda: number): number {
  if (lambda === Number.POSITIVE_INFINITY) return weight;
  return lambda === 0 ? 0 : (lambda * weight) / (weight * weight + lambda);
}

export function drOsTerms(rows: ModelledRows, lambda: number): Float64Array {
  return doublyRobustTerms(rows, (weight) => optimisticShrinkage(weight, lambda));
}

/**
 * DR with optimistic shrinkage (Su, Dimakopoulou, Krishnamurthy & Dudik 2020): weights shrunk to
 * lambda w / (w^2 + lambda), the shrinkage that minimises a bound on the mean squared error. Infinity is DR, 0 is DM;
 * in between it trades the model's bias for the weights' variance. O(n).
 */
export function drOs(rows: ModelledRows, lambda: number): Estimated {
  return meanOf(`dr-os, lambda ${lambda}`, drOsTerms(rows, lambda), rows.rowWeights);
}
