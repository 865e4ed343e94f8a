import { doublyRobustTerms } from "./dr.js";
import { type Estimated, meanOf } from "./estimation.js";
import { type ModelledRows, perRow, type WeightedRows } from "./rows.js";

/** w / (1 - lambda + lambda w), lambda in [0, 1]: the harmonic mixture of w and 1; 0 for w = 0. */
export function subGaussianWeight(weight: number, lambda: number): number {
  return weight === 0 ? 0 : weight / (1 - lambda + lambda * weight);
}

export function subGaussianIpsTerms(rows: WeightedRows, lambda: number): Float64Array {
  return perRow(rows, (row) => subGaussianWeight(rows.weights[row] ?? 0, lambda) * (rows.rewards[row] ?? 0));
}

export function subGaussianDrTerms(rows: ModelledRows, lambda: number): Float64Array {
  return doublyRobustTerms(rows, (weight) => subGaussianWeight(weight, lambda));
}

/**
 * IPS with sub-Gaussian weights w / (1 - lambda + lambda w) (Metelli, Russo & Restelli 2021, s = -1):
 * weights are below 1 / lambda and the error concentrates as a Gaussian's; biased. Lambda 0 is IPS. O(n).
 */
export function subGaussianIps(rows: WeightedRows, lambda: number): Estimated {
  return meanOf(`sg-ipw, lambda ${lambda}`, subGaussianIpsTerms(rows, lambda), rows.rowWeights);
}

/** DR with the same weights: the bias is that of the model's residuals. Lambda 0 is DR. O(n). */
export function subGaussianDr(rows: ModelledRows, lambda: number): Estimated {
  return meanOf(`sg-dr, lambda ${lambda}`, subGaussianDrTerms(rows, lambda), rows.rowWeights);
}
