import { isPositive, perGroup, type RankedGroups } from "./ranked-groups.js";

/** Positives among the first k / positives, per group. NaN without a positive. Ties rank in row order. O(n). */
export function recallPerGroup(groups: RankedGroups, k: number): Float64Array {
  return perGroup(groups, (from, to, positives) =>
    positives === 0 ? Number.NaN : positivesInTop(groups, from, to, k) / positives,
  );
}

/** 1 where a positive is among the first k, else 0, per group. NaN without a positive. Ties rank in row order. O(n). */
export function hitRatePerGroup(groups: RankedGroups, k: number): Float64Array {
  return perGroup(groups, (from, to, positives) => {
    if (positives === 0) return Number.NaN;
    return positivesInTop(groups, from, to, k) > 0 ? 1 : 0;
  });
}

function positivesInTop(groups: RankedGroups, from: number, to: number, k: number): number {
  let found = 0;
  for (let at = from; at < Math.min(to, from + k); at++) if (isPositive(groups, at)) found += 1;
  return found;
}
