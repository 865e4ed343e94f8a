import type { Refusal } from "../core/figure.js";
import { endOfTie, refuseNaN } from "./order.js";
import { type Scored, weightOf } from "./scored.js";
import { sortProbabilities } from "./sort-probabilities.js";
import { stableOrder } from "./stable-order.js";

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
  const isPlain = weights === undefined && areNotNegative(predictions);
  const sums = isPlain
    ? sumsOfSorted(sortedClasses(predictions, labels))
    : (refuseNaN(predictions) ?? sumsInOrder(scored));
  known.set(predictions, sums);
  return sums;
}

function areNotNegative(values: Float64Array): boolean {
  for (let at = 0; at < values.length; at++) if (!((values[at] ?? Number.NaN) >= 0)) return false;
  return true;
}

interface Classes {
  positive: Float64Array;
  negative: Float64Array;
}

/** The predictions of each class, ascending: apart, they carry nothing along. */
function sortedClasses(predictions: Float64Array, labels: Float64Array): Classes {
  let count = 0;
  for (let row = 0; row < labels.length; row++) if (labels[row] === 1) count++;
  const positive = new Float64Array(count);
  const negative = new Float64Array(labels.length - count);
  for (let row = 0, at = 0; row < labels.length; row++) {
    const prediction = predictions[row] ?? 0;
    if (labels[row] === 1) positive[at++] = prediction;
    else negative[row - at] = prediction;
  }
  sortProbabilities(positive);
  sortProbabilities(negative);
  return { positive, negative };
}

/** From the highest threshold to the lowest. */
function sumsOfSorted({ positive, negative }: Classes): RankSums {
  let positives = 0;
  let concordant = 0;
  let precision = 0;
  let left = negative.length;
  for (let at = positive.length - 1; at >= 0; ) {
    const threshold = positive[at] ?? 0;
    const before = at;
    while (at >= 0 && positive[at] === threshold) at--;
    const own = before - at;
    const above = left;
    while (left > 0 && (negative[left - 1] ?? 0) > threshold) left--;
    concordant += (above - left) * positives;
    const tied = left;
    while (left > 0 && negative[left - 1] === threshold) left--;
    concordant += (tied - left) * (positives + own / 2);
    positives += own;
    precision += own * (positives / (positives + negative.length - left));
  }
  concordant += left * positives;
  return { positives, negatives: negative.length, concordant, precision };
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
