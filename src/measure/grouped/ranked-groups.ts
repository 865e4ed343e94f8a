import { noRows, type Refusal } from "../../core/figure.js";
import { descending, refuseNaN } from "../order.js";
import type { Scored } from "../scored.js";

/**
 * Scored rows by group (user, request, slate), each group's rows as ranked: what every metric per group reads.
 * Rows of group g are rows[starts[g]] ... rows[starts[g + 1] - 1], by descending prediction, equal ones in row order.
 */
export interface RankedGroups {
  scored: Scored;
  /** Ascending. */
  keys: Float64Array;
  starts: Uint32Array;
  rows: Uint32Array;
  /** Rows with label 1, per group. */
  positives: Uint32Array;
}

/**
 * One sort for all metrics per group. A row whose key is NaN belongs to no group and is left out.
 * Refused where a prediction is NaN, or no row has a group. O(n log n), 4 bytes a row.
 */
export function rankGroups(scored: Scored, keys: ArrayLike<number>): RankedGroups | Refusal {
  const unranked = refuseNaN(scored.predictions);
  if (unranked !== undefined) return unranked;
  const rows = grouped(keys, scored.labels.length);
  if (rows.length === 0) return noRows();
  rows.sort((a, b) => keyOf(keys, a) - keyOf(keys, b) || descending(scored.predictions, a, b));

  const ids: number[] = [];
  const starts: number[] = [];
  const positives: number[] = [];
  rows.forEach((row, at) => {
    const key = keyOf(keys, row);
    if (at === 0 || key !== ids[ids.length - 1]) {
      ids.push(key);
      starts.push(at);
      positives.push(0);
    }
    if (scored.labels[row] === 1)
      positives[positives.length - 1] = (positives[positives.length - 1] ?? 0) + 1;
  });
  starts.push(rows.length);
  return {
    scored,
    keys: Float64Array.from(ids),
    starts: Uint32Array.from(starts),
    rows,
    positives: Uint32Array.from(positives),
  };
}

function grouped(keys: ArrayLike<number>, length: number): Uint32Array {
  const rows = new Uint32Array(length);
  let count = 0;
  for (let row = 0; row < length; row++) if (!Number.isNaN(keyOf(keys, row))) rows[count++] = row;
  return rows.subarray(0, count);
}

function keyOf(keys: ArrayLike<number>, row: number): number {
  return keys[row] ?? Number.NaN;
}

/** One number a group from its stretch [from, to) of `rows`; NaN where the metric is undefined for it. */
export function perGroup(
  groups: RankedGroups,
  value: (from: number, to: number, positives: number) => number,
): Float64Array {
  return Float64Array.from(groups.keys, (_, group) =>
    value(groups.starts[group] ?? 0, groups.starts[group + 1] ?? 0, groups.positives[group] ?? 0),
  );
}

export function isPositive({ scored, rows }: RankedGroups, at: number): boolean {
  return scored.labels[rows[at] ?? 0] === 1;
}
