import { noRows, type Refusal, refusal } from "../core/figure.js";
import { refuseNaN } from "./order.js";
import type { Scored } from "./scored.js";

/** What metrics of probabilities say where the predictions are values by their definition. */
export const notProbability: Refusal = refusal(
  "not-a-probability",
  "the squared link predicts a value, not a probability",
  "read rootMeanSquaredError, or use the logistic link with a label rule",
);

/**
 * Why predictions cannot be judged as probabilities: none, a NaN, one outside [0, 1]; undefined when they can. O(n).
 * @param before rows that were scored before these.
 */
export function refuseProbabilities({ predictions }: Scored, before: number = 0): Refusal | undefined {
  if (predictions.length === 0) return noRows();
  for (let row = 0; row < predictions.length; row++) {
    const value = predictions[row] ?? 0;
    if (value >= 0 && value <= 1) continue;
    return (
      refuseNaN(predictions, before) ??
      refusal(
        "not-a-probability",
        `the prediction of scored row ${before + row} is ${value}`,
        "read the rank metrics, or use the logistic link with a label rule",
      )
    );
  }
  return undefined;
}
