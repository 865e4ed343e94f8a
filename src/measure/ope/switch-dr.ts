import { doublyRobustTerms } from "./dr.js";
import { type Estimated, meanOf } from "./estimation.js";
import type { ModelledRows } from "./rows.js";

/**
 * E[q] + w (r - q) where w <= threshold, E[q] elsewhere, of each row: the model alone is believed where weights are
 * large.
 */
export function switchDrTerms(rows: ModelledRows, threshold: number): Float64Array {
  return doublyRobustTerms(rows, (weight) => (weight <= threshold ? weight : 0));
}

/**
 * Switch-DR (Wang, Agarwal & Dudik 2017): DR where weights are at most `threshold`, the direct method where
 * they are larger. Threshold Infinity is DR, 0 is DM. Biased by the model's error on the rows that are switched. O(n).
 */
export function switchDr(rows: ModelledRows, threshold: number): Estimated {
  return meanOf(`switch-dr, threshold ${threshold}`, switchDrTerms(rows, threshold), rows.rowWeights);
}
