import type { WeightedRows } from "./rows.js";

/** What the importance weights say before any estimate: all sums are over rows, a row of rowWeight c counting as c w. */
export interface WeightDiagnostics {
  rows: number;
  sum: number;
  /** 1 in expectation, where the propensities are right and every action of the target could be logged. */
  mean: number;
  /** Of the mean: sd / sqrt(rows); Infinity for a single row. */
  meanStandardError: number;
  largest: number;
  smallest: number;
  sumOfSquares: number;
  /** (sum w)^2 / sum w^2 (Kish 1965): that many rows of weight 1 would have the variance of these. 0 where no row has weight. */
  effectiveSampleSize: number;
  effectiveShare: number;
  /** Share of the rows whose weight is 0. */
  zeroShare: number;
  /** (sum w r)^2 / sum (w r)^2: as many rewarded rows of weight 1. A large sample size without these sees no reward. */
  effectivePositives: number;
}

/** O(n). */
export function weightDiagnostics({ weights, rewards, rowWeights }: WeightedRows): WeightDiagnostics {
  const rows = weights.length;
  let [counts, sum, squares, rewarded, rewardedSquares, zeros] = [0, 0, 0, 0, 0, 0];
  let largest = Number.NEGATIVE_INFINITY;
  let smallest = Number.POSITIVE_INFINITY;
  for (let row = 0; row < rows; row++) {
    const count = rowWeights?.[row] ?? 1;
    const weight = weights[row] ?? Number.NaN;
    const term = count * weight;
    const reward = term * (rewards[row] ?? 0);
    counts += count;
    sum += term;
    squares += term * term;
    rewarded += reward;
    rewardedSquares += reward * reward;
    if (weight === 0) zeros += 1;
    if (weight > largest) largest = weight;
    if (weight < smallest) smallest = weight;
  }
  const mean = sum / counts;
  let deviations = 0;
  for (let row = 0; row < rows; row++) {
    const count = rowWeights?.[row] ?? 1;
    deviations += (count * ((weights[row] ?? 0) - mean)) ** 2;
  }
  const effectiveSampleSize = squares === 0 ? 0 : (sum * sum) / squares;
  return {
    ...{ rows, sum, mean, largest, smallest, sumOfSquares: squares, effectiveSampleSize },
    meanStandardError:
      rows < 2 ? Number.POSITIVE_INFINITY : (Math.sqrt(deviations) / counts) * Math.sqrt(rows / (rows - 1)),
    effectiveShare: effectiveSampleSize / rows,
    zeroShare: zeros / rows,
    effectivePositives: rewardedSquares === 0 ? 0 : (rewarded * rewarded) / rewardedSquares,
  };
}
