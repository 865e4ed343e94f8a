/** Scored rows: what every metric reads. Arrays of one length; probabilities (or values, for the squared link). */
export interface Scored {
  predictions: Float64Array;
  labels: Float64Array;
  weights?: Float64Array;
  /** The group (slate, request, user) of each row as a number, NaN where it has none. */
  groups?: Float64Array;
}

export function slice({ predictions, labels, weights, groups }: Scored, from: number, to: number): Scored {
  return {
    predictions: predictions.subarray(from, to),
    labels: labels.subarray(from, to),
    ...(weights === undefined ? {} : { weights: weights.subarray(from, to) }),
    ...(groups === undefined ? {} : { groups: groups.subarray(from, to) }),
  };
}

export function weightOf(scored: Scored, row: number): number {
  return scored.weights === undefined ? 1 : (scored.weights[row] ?? 0);
}

/** Sums over rows in order: total weight, weight of positives, weighted predictions. Labels are 0 or 1. O(n). */
export function totals(scored: Scored): { weight: number; positive: number; predicted: number } {
  let weight = 0;
  let positive = 0;
  let predicted = 0;
  for (let row = 0; row < scored.labels.length; row++) {
    const w = weightOf(scored, row);
    weight += w;
    positive += w * (scored.labels[row] ?? 0);
    predicted += w * (scored.predictions[row] ?? 0);
  }
  return { weight, positive, predicted };
}
