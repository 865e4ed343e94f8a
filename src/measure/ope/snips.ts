import { type Estimated, ratioOf } from "./estimation.js";
import { ipsTerms } from "./ips.js";
import type { WeightedRows } from "./rows.js";

/**
 * Self-normalised inverse propensity score: sum of w r / sum of w (Swaminathan & Joachims 2015). Consistent,
 * slightly biased in small logs, unmoved when all weights are scaled or a constant is added to every reward; it
 * hides weights that do not average 1, so look at their mean. Refused where no row has weight. O(n).
 */
export function snips(rows: WeightedRows): Estimated {
  return ratioOf("snips", ipsTerms(rows), rows.weights, rows.rowWeights);
}

/** w r / mean(w) of each row: their mean is the estimate. NaN where no row has weight. */
export function snipsTerms(rows: WeightedRows): Float64Array {
  let sum = 0;
  for (const weight of rows.weights) sum += weight;
  const mean = sum / rows.weights.length;
  return ipsTerms(rows).map((term) => term / mean);
}
