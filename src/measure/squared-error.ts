import { estimate, type Figure, refusal } from "../core/figure.js";
import { type Scored, weightOf } from "./scored.js";

/** Root of the weighted mean squared error, in the unit of the label. O(n). */
export function rootMeanSquaredError(scored: Scored): Figure {
  return meanOf(scored, "root mean squared error", (error) => error * error, Math.sqrt);
}

/** Weighted mean absolute error, in the unit of the label. O(n). */
export function meanAbsoluteError(scored: Scored): Figure {
  return meanOf(scored, "mean absolute error", Math.abs, (mean) => mean);
}

function meanOf(
  scored: Scored,
  estimator: string,
  cost: (error: number) => number,
  finish: (mean: number) => number,
): Figure {
  const rows = scored.labels.length;
  if (rows === 0) return refusal("no-rows", "no scored rows", "score rows with a known label");
  let sum = 0;
  let weight = 0;
  for (let row = 0; row < rows; row++) {
    const w = weightOf(scored, row);
    sum += w * cost((scored.predictions[row] ?? Number.NaN) - (scored.labels[row] ?? Number.NaN));
    weight += w;
  }
  if (weight === 0) return refusal("no-weight", "every row has weight 0", "check the weight column");
  return estimate(finish(sum / weight), rows, estimator);
}
