/** Scored rows: what every metric reads. Arrays of one length; probabilities (or values, for the squared link). */
export interface Scored {
  predictions: Float64Array;
  labels: Float64Array;
  weights?: Float64Array;
  /** The group (slate, request, user) of each row as a number, NaN where it has none. */
  groups?: Float64Array;
  /** Of a log of positives alone, whose events have the negatives drawn for them right behind them. */
  drawn?: ScoredDraws;
}

export interface ScoredDraws {
  /** The number of the event that each row belongs to. */
  event: Float64Array;
  /** Of an event: the rank of its item among all that were known, from 1. NaN where it was not ranked, and of negatives. */
  ranks: Float64Array;
}

export function slice(scored: Scored, from: number, to: number): Scored {
  return everyArray(scored, (values) => values.subarray(from, to));
}

/** The same change of all arrays. */
export function everyArray(scored: Scored, change: (values: Float64Array) => Float64Array): Scored {
  const { predictions, labels, weights, groups, drawn } = scored;
  return {
    predictions: change(predictions),
    labels: change(labels),
    ...(weights === undefined ? {} : { weights: change(weights) }),
    ...(groups === undefined ? {} : { groups: change(groups) }),
    ...(drawn === undefined ? {} : { drawn: { event: change(drawn.event), ranks: change(drawn.ranks) } }),
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
    ...(first?.drawn === undefined
      ? {}
      : { drawn: { event: join(({ drawn }) => drawn?.event), ranks: join(({ drawn }) => drawn?.ranks) } }),
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
