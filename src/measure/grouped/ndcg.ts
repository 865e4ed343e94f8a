import { endOfTie } from "../order.js";
import { isPositive, perGroup, type RankedGroups } from "./ranked-groups.js";

/** What a rank of equal predictions is worth: their row order decides, or each place carries the mean gain of its tie. */
export type TieRule = "row order" | "averaged";

/**
 * Normalized discounted cumulative gain of the first k, per group: binary gain, discount 1 / log2(rank + 1), over the
 * same sum for the best order (Järvelin & Kekäläinen 2002). "averaged" is scikit-learn's ndcg_score (McSherry & Najork
 * 2008). NaN for a group without positives. Row weights do not enter. O(n).
 */
export function ndcgPerGroup(groups: RankedGroups, k: number, ties: TieRule = "averaged"): Float64Array {
  const gain = ties === "averaged" ? averagedGain : gainInRowOrder;
  return perGroup(groups, (from, to, positives) => {
    if (positives === 0) return Number.NaN;
    let ideal = 0;
    for (let rank = 1; rank <= Math.min(k, positives); rank++) ideal += discount(rank);
    return gain(groups, from, to, k) / ideal;
  });
}

/** Worth of a positive at this rank, from 1. */
export function discount(rank: number): number {
  return 1 / Math.log2(rank + 1);
}

function gainInRowOrder(groups: RankedGroups, from: number, to: number, k: number): number {
  let sum = 0;
  const last = Math.min(to, from + k);
  for (let at = from; at < last; at++) if (isPositive(groups, at)) sum += discount(at - from + 1);
  return sum;
}

function averagedGain(groups: RankedGroups, from: number, to: number, k: number): number {
  let sum = 0;
  const last = Math.min(to, from + k);
  for (let start = from; start < last; ) {
    const end = endOfTie(groups.scored.predictions, groups.rows, start, to);
    let positives = 0;
    let discounts = 0;
    for (let at = start; at < end; at++) {
      if (isPositive(groups, at)) positives += 1;
      if (at < last) discounts += discount(at - from + 1);
    }
    sum += (positives / (end - start)) * discounts;
    start = end;
  }
  return sum;
}
