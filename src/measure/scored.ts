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

/** The rows of several, one behind the other. */
export function joinScored(parts: readonly Scored[]): Scored {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const join = (of: (part: Scored) => Float64Array | undefined): Float64Array => {
    const joined = new Float64Array(parts.reduce((sum, { labels }) => sum + labels.length, 0));
    let at = 0;
    for (const part of parts) {
      const values = of(part);
      if (values !== undefined) joined.set(values, at);
      at += part.labels.length;
    }
    return joined;
  };
  return {
    predictions: join(({ predictions }) => predictions),
    labels: join(({ labels }) => labels),
    ...(first?.weights === undefined ? {} : { weights: join(({ weights }) => weights) }),
    ...(first?.groups === undefined ? {} : { groups: join(({ groups }) => groups) }),
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
