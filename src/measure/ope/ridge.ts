import { solveCholesky } from "../../core/cholesky.js";

/** Feature vectors, row by row: entry [row * width + feature]. */
export interface FeatureMatrix {
  rows: number;
  width: number;
  values: Float64Array;
}

export interface RidgeFit {
  coefficients: Float64Array;
  intercept: number;
}

/**
 * Weighted ridge regression: minimises sum of w (y - x b - b0)^2 + alpha |b|^2, the intercept not penalised (Hoerl &
 * Kennard 1970), by the normal equations of the centred features and Cholesky's factors. O(rows * width^2 + width^3).
 */
export function ridge(
  features: FeatureMatrix,
  targets: Float64Array,
  alpha: number,
  weights?: Float64Array,
): RidgeFit {
  const { rows, width, values } = features;
  const means = new Float64Array(width);
  let total = 0;
  let targetMean = 0;
  for (let row = 0; row < rows; row++) {
    const weight = weights?.[row] ?? 1;
    total += weight;
    targetMean += weight * (targets[row] ?? 0);
    for (let j = 0; j < width; j++) means[j] = (means[j] ?? 0) + weight * (values[row * width + j] ?? 0);
  }
  targetMean /= total;
  for (let j = 0; j < width; j++) means[j] = (means[j] ?? 0) / total;

  const gram = new Float64Array(width * width);
  const moment = new Float64Array(width);
  const centred = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    const weight = weights?.[row] ?? 1;
    const target = (targets[row] ?? 0) - targetMean;
    for (let j = 0; j < width; j++) centred[j] = (values[row * width + j] ?? 0) - (means[j] ?? 0);
    for (let j = 0; j < width; j++) {
      const scaled = weight * (centred[j] ?? 0);
      moment[j] = (moment[j] ?? 0) + scaled * target;
      for (let k = 0; k <= j; k++) {
        gram[j * width + k] = (gram[j * width + k] ?? 0) + scaled * (centred[k] ?? 0);
      }
    }
  }
  for (let j = 0; j < width; j++) gram[j * width + j] = (gram[j * width + j] ?? 0) + alpha;
  const coefficients = solveCholesky(gram, moment);
  let intercept = targetMean;
  for (let j = 0; j < width; j++) intercept -= (coefficients[j] ?? 0) * (means[j] ?? 0);
  return { coefficients, intercept };
}
