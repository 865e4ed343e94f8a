import { estimate, type Figure, refusal } from "../core/figure.js";
import { type Scored, weightOf } from "./scored.js";

/** Probabilities are kept this far from 0 and 1, so that one confident miss costs 34.5 and not infinity. */
export const CLIP = 1e-15;

/** The summed cross-entropy of a run of rows, in nats, and their weight. O(n). */
export function logLossSum(scored: Scored): { sum: number; weight: number } {
  let sum = 0;
  let weight = 0;
  for (let row = 0; row < scored.labels.length; row++) {
    const w = weightOf(scored, row);
    const p = Math.min(Math.max(scored.predictions[row] ?? Number.NaN, CLIP), 1 - CLIP);
    sum -= w * ((scored.labels[row] ?? 0) === 1 ? Math.log(p) : Math.log(1 - p));
    weight += w;
  }
  return { sum, weight };
}

/**
 * Mean logarithmic loss, natural logarithm: -ln of the probability given to the label that came true, weighted.
 * Proper: least in expectation when predictions are the true probabilities (Good 1952). Clipped at 1e-15, as
 * scikit-learn's log_loss with eps=1e-15.
 */
export function logLoss(scored: Scored): Figure {
  const rows = scored.labels.length;
  if (rows === 0) return refusal("no-rows", "no scored rows", "score rows with a known label");
  const { sum, weight } = logLossSum(scored);
  if (weight === 0) return refusal("no-weight", "every row has weight 0", "check the weight column");
  return estimate(sum / weight, rows, "mean log loss");
}
