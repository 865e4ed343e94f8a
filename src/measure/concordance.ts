import { endOfTie } from "./order.js";
import { type Scored, weightOf } from "./scored.js";

/**
 * Of ranked rows [from, to) (see rankingOf): the weight of the positives, of the negatives, and of the pairs in which
 * the positive is ranked above the negative, ties one half. AUC is concordant / (positives x negatives). O(to - from).
 */
export function concordance(
  scored: Scored,
  ranking: Uint32Array,
  from: number,
  to: number,
): { positives: number; negatives: number; concordant: number } {
  let positives = 0;
  let negatives = 0;
  let concordant = 0;
  for (let start = from; start < to; ) {
    const end = endOfTie(scored.predictions, ranking, start, to);
    let tiedPositives = 0;
    let tiedNegatives = 0;
    for (let at = start; at < end; at++) {
      const row = ranking[at] ?? 0;
      if (scored.labels[row] === 1) tiedPositives += weightOf(scored, row);
      else tiedNegatives += weightOf(scored, row);
    }
    concordant += tiedNegatives * (positives + tiedPositives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
    start = end;
  }
  return { positives, negatives, concordant };
}
