/** Numbers of one feature in one log: ascending, each with the rows (or the weight) that have it. */
export interface Sample {
  /** Ascending; a value may stand more than once. */
  values: Float64Array;
  /** Of each value, above 0; whole numbers where they count rows. */
  weights: Float64Array;
  /** Sum of the weights. */
  total: number;
  rows: number;
}

/** Sorts values and joins equal ones; NaN must have been taken out. O(n log n). */
export function sampleOf(values: ArrayLike<number>): Sample {
  const sorted = Float64Array.from(values).sort();
  const distinct = new Float64Array(sorted.length);
  const weights = new Float64Array(sorted.length);
  let size = 0;
  for (const value of sorted) {
    // -0 and 0 are one value, as they compare.
    if (size > 0 && distinct[size - 1] === value) size -= 1;
    distinct[size] = value;
    weights[size] = (weights[size] ?? 0) + 1;
    size += 1;
  }
  return {
    values: distinct.slice(0, size),
    weights: weights.slice(0, size),
    total: sorted.length,
    rows: sorted.length,
  };
}

/** Values with a weight each, in any order; those of weight 0 are left out. O(n log n). */
export function weightedSample(values: ArrayLike<number>, weights: ArrayLike<number>): Sample {
  const order = Uint32Array.from(values, (_, index) => index)
    .filter((index) => (weights[index] ?? 0) > 0)
    .sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ordered = Float64Array.from(order, (index) => weights[index] ?? 0);
  return {
    values: Float64Array.from(order, (index) => values[index] ?? Number.NaN),
    weights: ordered,
    total: ordered.reduce((sum, weight) => sum + weight, 0),
    rows: order.length,
  };
}

/** Both cumulated weights at and below each distinct value of either sample, ascending. O(n + m). */
export function walkBoth(
  first: Sample,
  second: Sample,
  visit: (value: number, below: number, belowSecond: number) => void,
): void {
  let at = 0;
  let other = 0;
  let below = 0;
  let belowSecond = 0;
  while (at < first.values.length || other < second.values.length) {
    const value = Math.min(
      first.values[at] ?? Number.POSITIVE_INFINITY,
      second.values[other] ?? Number.POSITIVE_INFINITY,
    );
    for (; first.values[at] === value; at++) below += first.weights[at] ?? 0;
    for (; second.values[other] === value; other++) belowSecond += second.weights[other] ?? 0;
    visit(value, below, belowSecond);
  }
}

/** Of the values about their mean, weighted; 0 for a constant. O(n). */
export function standardDeviation({ values, weights, total }: Sample): number {
  const mean = values.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), 0) / total;
  const squares = values.reduce((sum, value, at) => sum + (value - mean) ** 2 * (weights[at] ?? 0), 0);
  return Math.sqrt(squares / total);
}
