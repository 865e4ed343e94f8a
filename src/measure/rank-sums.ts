import type { Refusal } from "../core/figure.js";
import { endOfTie, refuseNaN } from "./order.js";
import { type Scored, weightOf } from "./scored.js";
import { stableOrder } from "./stable-order.js";
import { type Thresholds, thresholdsOf } from "./thresholds.js";

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

/** O(n), with weights O(n log n). Refused where a prediction is NaN: such a row cannot be ranked. */
export function rankSums(scored: Scored): RankSums | Refusal {
  const { predictions, labels, weights } = scored;
  const found = known.get(predictions);
  if (found !== undefined) return found;
  const isPlain = weights === undefined && predictions.every((value) => value >= 0);
  const sums =
    refuseNaN(predictions) ??
    (isPlain ? sumsOfThresholds(thresholdsOf(predictions, labels)) : sumsInOrder(scored));
  known.set(predictions, sums);
  return sums;
}

function sumsOfThresholds({ positives: counts, tied, below, above }: Thresholds): RankSums {
  let positives = 0;
  let negatives = above;
  let concordant = 0;
  let precision = 0;
  for (let at = counts.length - 1; at >= 0; at--) {
    const own = counts[at] ?? 0;
    const ties = tied[at] ?? 0;
    const next = below[at] ?? 0;
    concordant += ties * (positives + own / 2);
    positives += own;
    negatives += ties;
    precision += own * (positives / (positives + negatives));
    concordant += next * positives;
    negatives += next;
  }
  return { positives, negatives, concordant, precision };
}

function sumsInOrder(scored: Scored): RankSums {
  const { predictions, labels } = scored;
  const order = stableOrder(predictions, "descending");
  const sums: RankSums = { positives: 0, negatives: 0, concordant: 0, precision: 0 };
  for (let start = 0; start < order.length; ) {
    const end = endOfTie(predictions, order, start, order.length);
    let own = 0;
    let ties = 0;
    for (let at = start; at < end; at++) {
      const row = order[at] ?? 0;
      if (labels[row] === 1) own += weightOf(scored, row);
      else ties += weightOf(scored, row);
    }
    sums.concordant += ties * (sums.positives + own / 2);
    sums.positives += own;
    sums.negatives += ties;
    if (own > 0) sums.precision += own * (sums.positives / (sums.positives + sums.negatives));
    start = end;
  }
  return sums;
}
