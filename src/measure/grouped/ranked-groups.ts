import { noRows, type Refusal } from "../../core/figure.js";
import { refuseNaN } from "../order.js";
import type { Scored } from "../scored.js";
import { allRows, stableOrder } from "../stable-order.js";

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
 * Refused where a prediction is NaN, or no row has a group. O(n), some 30 bytes a row while it sorts.
 */
export function rankGroups(scored: Scored, keys: Float64Array): RankedGroups | Refusal {
  const unranked = refuseNaN(scored.predictions);
  if (unranked !== undefined) return unranked;
  const grouped = allRows(keys.length).filter((row) => !Number.isNaN(keys[row]));
  if (grouped.length === 0) return noRows();
  const rows = stableOrder(keys, "ascending", stableOrder(scored.predictions, "descending", grouped));

  const ids: number[] = [];
  const starts: number[] = [];
  const positives: number[] = [];
  rows.forEach((row, at) => {
    const key = keys[row] ?? Number.NaN;
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
