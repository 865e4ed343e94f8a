/** Logged rows beside one target policy: entry r of each array is one impression at one position. */
export interface WeightedRows {
  rewards: Float64Array;
  /** Importance weights: the target's probability of the logged action / the probability it was logged with; >= 0. */
  weights: Float64Array;
  /** What each row counts for where the log was sampled down (log.weight); absent: 1 each. */
  rowWeights?: Float64Array;
}

/** The same rows beside a model of the reward. */
export interface ModelledRows extends WeightedRows {
  /** Sum over the actions of the target's probability * the predicted reward. */
  expectedRewards: Float64Array;
  /** The predicted reward of the logged action. */
  predictedRewards: Float64Array;
}

/** One number a row, from parallel arrays. */
export function perRow(rows: WeightedRows, value: (row: number) => number): Float64Array {
  return rows.rewards.map((_, row) => value(row));
}
