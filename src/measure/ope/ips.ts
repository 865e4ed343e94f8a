import { type Estimated, meanOf } from "./estimation.js";
import { perRow, type WeightedRows } from "./rows.js";

/** min(w, clip) r of each row. */
export function ipsTerms(rows: WeightedRows, clip: number = Number.POSITIVE_INFINITY): Float64Array {
  return perRow(rows, (row) => Math.min(rows.weights[row] ?? 0, clip) * (rows.rewards[row] ?? 0));
}

/**
 * Inverse propensity score: mean of w r (Horvitz & Thompson 1952; Strehl et al. 2010). Unbiased where every action of
 * the target was logged with a positive, known probability; its variance grows with the largest weights. With `clip`,
 * weights are cut there (Ionides 2008): less variance, and biased towards 0 for rewards >= 0. O(n).
 */
export function ips(rows: WeightedRows, clip: number = Number.POSITIVE_INFINITY): Estimated {
  const name = clip === Number.POSITIVE_INFINITY ? "ips" : `ips, weights clipped at ${clip}`;
  return meanOf(name, ipsTerms(rows, clip), rows.rowWeights);
}
