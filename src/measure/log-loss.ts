import { estimate, type Figure, refusal } from "../core/figure.js";
import { refuseProbabilities } from "./probability.js";
import { type Scored, weightOf } from "./scored.js";
import { noWeight } from "./weighted-mean.js";

/** Probabilities are kept this far from 0 and 1, so that one confident miss costs 34.5 and not infinity. */
export const CLIP = 1e-15;

/** The summed cross-entropy of a run of rows, in nats, and their weight. O(n). */
export function logLossSum(scored: Scored, clip: number = CLIP): { sum: number; weight: number } {
  let sum = 0;
  let weight = 0;
  for (let row = 0; row < scored.labels.length; row++) {
    const w = weightOf(scored, row);
    // A row without weight costs nothing, an infinite loss included.
    if (w === 0) continue;
    sum += w * rowLogLoss(scored.predictions[row] ?? Number.NaN, scored.labels[row] ?? 0, clip);
    weight += w;
  }
  return { sum, weight };
}

/** -ln of the (clipped) probability given to the label that came true; 1 - clip and 1 - p are float64 differences. */
export function rowLogLoss(prediction: number, label: number, clip: number = CLIP): number {
  const p = Math.min(Math.max(prediction, clip), 1 - clip);
  return -Math.log(label === 1 ? p : 1 - p);
}

/**
 * Mean logarithmic loss, natural logarithm: -ln of the probability given to the label that came true, weighted.
 * Proper: least in expectation when predictions are the true probabilities (Good 1952). Clipped at 1e-15 unless told,
 * as scikit-learn's log_loss with eps=1e-15; its later versions clip at 2^-52. O(n).
 */
export function logLoss(scored: Scored, clip: number = CLIP): Figure {
  const refused = refuseProbabilities(scored);
  if (refused !== undefined) return refused;
  const { sum, weight } = logLossSum(scored, clip);
  if (weight === 0) return noWeight();
  const estimator = clip === CLIP ? "mean log loss" : `mean log loss, probabilities clipped at ${clip}`;
  return estimate(sum / weight, scored.labels.length, estimator);
}

/**
 * The same without a clip. One row that gave its label probability 0 makes it infinite, which is its right value and
 * no number a report can carry: then it is refused as `infinite-loss`, with the count of such rows. O(n).
 */
export function unclippedLogLoss(scored: Scored): Figure {
  const refused = refuseProbabilities(scored);
  if (refused !== undefined) return refused;
  const { sum, weight } = logLossSum(scored, 0);
  if (weight === 0) return noWeight();
  if (sum === Number.POSITIVE_INFINITY) return infiniteLoss(scored);
  return estimate(sum / weight, scored.labels.length, "mean log loss, not clipped");
}

function infiniteLoss(scored: Scored): Figure {
  let rows = 0;
  scored.predictions.forEach((p, row) => {
    if (weightOf(scored, row) > 0 && rowLogLoss(p, scored.labels[row] ?? 0, 0) === Number.POSITIVE_INFINITY)
      rows++;
  });
  return refusal(
    "infinite-loss",
    `the loss is infinite: ${rows} of ${scored.labels.length} rows gave their label probability 0`,
    "read the clipped log loss, and look at what made the model so sure",
  );
}
