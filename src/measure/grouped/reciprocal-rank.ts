import { isPositive, perGroup, type RankedGroups } from "./ranked-groups.js";

/**
 * 1 / rank of the first positive, per group; its mean over groups is MRR (Voorhees 1999). Equal predictions rank in row
 * order, so a model that gives one score to all is judged by the log's order: look at ties first. NaN without a
 * positive. Row weights do not enter. O(n).
 */
export function reciprocalRankPerGroup(groups: RankedGroups): Float64Array {
  return perGroup(groups, (from, to) => {
    for (let at = from; at < to; at++) if (isPositive(groups, at)) return 1 / (at - from + 1);
    return Number.NaN;
  });
}
