/** Buckets of one size, the oldest first: of each its sum and its squared deviations from its own mean. */
interface BucketRow {
  totals: number[];
  deviations: number[];
}

/** An exponential histogram of the newest values: row r holds buckets of 2^r values, row 0 the newest. Plain data. */
export interface AdwinState {
  updates: number;
  width: number;
  total: number;
  /** Sum of squared deviations from the window's mean. */
  sumSquaredDeviation: number;
  hasDrifted: boolean;
  rows: BucketRow[];
}

export function emptyWindow(): AdwinState {
  return {
    updates: 0,
    width: 0,
    total: 0,
    sumSquaredDeviation: 0,
    hasDrifted: false,
    rows: [{ totals: [], deviations: [] }],
  };
}

export function appendValue(window: AdwinState, value: number, maxBuckets: number): void {
  const [newest] = window.rows;
  newest?.totals.push(value);
  newest?.deviations.push(0);
  window.width += 1;
  if (window.width > 1) {
    const before = window.width - 1;
    const difference = value - window.total / before;
    window.sumSquaredDeviation += (before * difference * difference) / window.width;
  }
  window.total += value;
  mergeFullRows(window, maxBuckets);
}

/** A row of more than `maxBuckets` hands its two oldest on as one of the double size. */
function mergeFullRows({ rows }: AdwinState, maxBuckets: number): void {
  for (let row = 0; row < rows.length; row++) {
    const { totals, deviations } = rows[row] ?? { totals: [], deviations: [] };
    if (totals.length <= maxBuckets) return;
    const length = 2 ** row;
    const [firstTotal = 0, secondTotal = 0] = totals;
    const [first = 0, second = 0] = deviations;
    dropTwo(totals);
    dropTwo(deviations);
    const difference = firstTotal / length - secondTotal / length;
    const merged = first + second + (length * length * difference * difference) / (2 * length);
    let next = rows[row + 1];
    if (next === undefined) {
      next = { totals: [], deviations: [] };
      rows.push(next);
    }
    next.totals.push(firstTotal + secondTotal);
    next.deviations.push(merged);
  }
}

/** In place: splice makes a list of what it takes out, which at every other value is much. */
function dropTwo(list: number[]): void {
  for (let at = 2; at < list.length; at++) list[at - 2] = list[at] ?? 0;
  list.length -= 2;
}

/** Takes the oldest bucket out of the window. */
export function dropOldest(window: AdwinState): void {
  const oldest = window.rows.at(-1);
  if (oldest === undefined) return;
  const length = 2 ** (window.rows.length - 1);
  const total = oldest.totals.shift() ?? 0;
  const deviation = oldest.deviations.shift() ?? 0;
  window.width -= length;
  window.total -= total;
  const difference = total / length - window.total / window.width;
  window.sumSquaredDeviation -=
    deviation + (length * window.width * difference * difference) / (length + window.width);
  // Row 0 stays: new values go there.
  while (window.rows.length > 1 && window.rows.at(-1)?.totals.length === 0) window.rows.pop();
}
