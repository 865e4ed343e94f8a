import { type Estimated, meanOf, ratioOf, sumOf } from "./estimation.js";
import { type ModelledRows, perRow } from "./rows.js";

/** w (r - q) of each row. */
export function weightedResiduals(rows: ModelledRows): Float64Array {
  return perRow(
    rows,
    (row) => (rows.weights[row] ?? 0) * ((rows.rewards[row] ?? 0) - (rows.predictedRewards[row] ?? 0)),
  );
}

/**
 * Self-normalised doubly robust: mean E[q] + sum of w (r - q) / sum of w (Thomas & Brunskill 2016;
 * Kallus & Uehara 2019). As DR, with a correction that stays in the range of the residuals. Its influence is the
 * delta method's. Refused where no row has weight. O(n).
 */
export function sndr(rows: ModelledRows): Estimated {
  return sumOf(
    "sndr",
    meanOf("sndr", rows.expectedRewards, rows.rowWeights),
    ratioOf("sndr", weightedResiduals(rows), rows.weights, rows.rowWeights),
  );
}

/** E[q] + w (r - q) / mean(w) of each row: their mean is the estimate. NaN where no row has weight. */
export function sndrTerms(rows: ModelledRows): Float64Array {
  let sum = 0;
  for (const weight of rows.weights) sum += weight;
  const mean = sum / rows.weights.length;
  return weightedResiduals(rows).map((term, row) => (rows.expectedRewards[row] ?? 0) + term / mean);
}
