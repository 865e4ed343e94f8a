import { type Estimated, meanOf } from "./estimation.js";
import { type ModelledRows, perRow } from "./rows.js";

/** E[q] + shrunk(w) (r - q) of each row: the form that DR, Switch-DR, DRos and sub-Gaussian DR share. */
export function doublyRobustTerms(rows: ModelledRows, shrunk: (weight: number) => number): Float64Array {
  return perRow(rows, (row) => {
    const residual = (rows.rewards[row] ?? 0) - (rows.predictedRewards[row] ?? 0);
    return (rows.expectedRewards[row] ?? 0) + shrunk(rows.weights[row] ?? 0) * residual;
  });
}

/**
 * Doubly robust: the reward model's expectation, corrected by the weighted residuals of the logged actions (Dudik,
 * Langford & Li 2011). Unbiased where the propensities are right, whatever the model (given that a row's
 * prediction did not see the row), and exact where the model is; the better the model, the less the variance. With
 * `clip`, weights are cut there. O(n).
 */
export function dr(rows: ModelledRows, clip: number = Number.POSITIVE_INFINITY): Estimated {
  const name = clip === Number.POSITIVE_INFINITY ? "dr" : `dr, weights clipped at ${clip}`;
  return meanOf(
    name,
    doublyRobustTerms(rows, (weight) => Math.min(weight, clip)),
    rows.rowWeights,
  );
}
