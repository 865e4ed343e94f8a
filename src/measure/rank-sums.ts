import type { Refusal } from "../core/figure.js";
import { endOfTie, type RankedRows, rankedRows } from "./ranked-rows.js";
import type { Scored } from "./scored.js";

/** Weighted sums over rows in descending order of prediction, those of one prediction together. */
export interface RankSums {
  positives: number;
  negatives: number;
  /** Pairs of a positive and a negative in which the positive is predicted higher, ties one half. */
  concordant: number;
  /** Sum over distinct thresholds of the positives found there x the precision down to there. */
  precision: number;
}

/** Metrics of one window share them. Scored predictions do not change. */
const known = new WeakMap<Float64Array, RankSums | Refusal>();

/** O(n). Refused where a prediction is NaN: such a row cannot be ranked. */
export function rankSums(scored: Scored): RankSums | Refusal {
  const found = known.get(scored.predictions);
  if (found !== undefined) return found;
  const ranked = rankedRows(scored);
  const sums = "refused" in ranked ? ranked : sumsOf(ranked);
  known.set(scored.predictions, sums);
  return sums;
}

function sumsOf({ predictions, positives: isPositive, weights }: RankedRows): RankSums {
  const rows = predictions.length;
  const sums: RankSums = { positives: 0, negatives: 0, concordant: 0, precision: 0 };
  let { positives, negatives, concordant, precision } = sums;
  for (let start = 0; start < rows; ) {
    const end = endOfTie(predictions, start);
    let tiedPositives = 0;
    let tiedNegatives = 0;
    if (weights === undefined) {
      for (let at = start; at < end; at++) tiedPositives += isPositive[at] ?? 0;
      tiedNegatives = end - start - tiedPositives;
    } else {
      for (let at = start; at < end; at++) {
        if (isPositive[at] === 1) tiedPositives += weights[at] ?? 0;
        else tiedNegatives += weights[at] ?? 0;
      }
    }
    concordant += tiedNegatives * (positives + tiedPositives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
    if (tiedPositives > 0) precision += tiedPositives * (positives / (positives + negatives));
    start = end;
  }
  return Object.assign(sums, { positives, negatives, concordant, precision });
}
