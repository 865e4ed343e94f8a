import { type Figure, refusal } from "../../core/figure.js";
import { isPairwise, type Link } from "../../core/model-spec.js";
import { addPairs, emptyPairSums } from "../drawn/drawn-pairs.js";
import { logLossSum } from "../log-loss.js";
import { binaryEntropy } from "../normalized-entropy.js";
import { type Scored, slice, totals, weightOf } from "../scored.js";
import type { Slice } from "../slices.js";

/**
 * The loss of one policy, slice by slice, in units of the loss of the best constant over all scored rows: normalized
 * entropy for probabilities (He et al. 2014), mean squared error over the labels' variance for values. Policies scored
 * on the same rows have the same unit, so their curves can be subtracted. Of a pairwise link, the pair loss over ln 2,
 * which is that of who cannot tell what was taken from what was drawn.
 */
export interface LossCurve {
  startMicros: Float64Array;
  rows: Float64Array;
  weight: Float64Array;
  /** Weighted sum of the normalized loss of the slice's rows. */
  loss: Float64Array;
}

/** Slices without weight have no loss and are left out. Refused where one constant is right for every row. O(n). */
export function lossCurve(
  scored: Scored,
  slices: readonly Slice[],
  link: Link,
): LossCurve | Extract<Figure, { refused: string }> {
  const unit = unitOf(scored, link);
  if (!(unit > 0)) {
    return refusal(
      "single-class",
      `all ${scored.labels.length} scored labels are the same, or there are none`,
      "use a longer test, or check the label rule",
    );
  }
  const sums = slices.map(({ from, to, startMicros }) => {
    const rows = slice(scored, from, to);
    const { sum, weight } = lossSum(rows, link);
    return { startMicros, rows: to - from, weight, loss: sum / unit };
  });
  const kept = sums.filter(({ weight }) => weight > 0);
  return {
    startMicros: Float64Array.from(kept, ({ startMicros }) => startMicros),
    rows: Float64Array.from(kept, ({ rows }) => rows),
    weight: Float64Array.from(kept, ({ weight }) => weight),
    loss: Float64Array.from(kept, ({ loss }) => loss),
  };
}

/** Mean normalized loss of slices [from, to). */
export function meanLoss({ loss, weight }: LossCurve, from: number, to: number): number {
  let losses = 0;
  let weights = 0;
  for (let index = from; index < to; index++) {
    losses += loss[index] ?? 0;
    weights += weight[index] ?? 0;
  }
  return losses / weights;
}

function unitOf(scored: Scored, link: Link): number {
  if (isPairwise(link)) return Math.LN2;
  if (link === "squared") return variance(scored);
  const { weight, positive } = totals(scored);
  return binaryEntropy(positive / weight);
}

function lossSum(rows: Scored, link: Link): { sum: number; weight: number } {
  if (link === "logistic") return logLossSum(rows);
  const { drawn } = rows;
  if (!isPairwise(link) || drawn === undefined) return squaredSum(rows);
  const sums = emptyPairSums();
  addPairs(sums, { ...rows, drawn }, "loss");
  return sums;
}

function variance(scored: Scored): number {
  const { weight, positive } = totals(scored);
  let sum = 0;
  scored.labels.forEach((label, row) => {
    sum += weightOf(scored, row) * (label - positive / weight) ** 2;
  });
  return sum / weight;
}

function squaredSum(scored: Scored): { sum: number; weight: number } {
  let sum = 0;
  let weight = 0;
  scored.labels.forEach((label, row) => {
    const w = weightOf(scored, row);
    sum += w * ((scored.predictions[row] ?? Number.NaN) - label) ** 2;
    weight += w;
  });
  return { sum, weight };
}
