import { estimate, type Figure, noRows, type Refusal, refusal } from "../core/figure.js";
import { type Scored, weightOf } from "./scored.js";

/** Weighted mean of a cost of each row's error (prediction - label), then `finish`. O(n). */
export function meanCost(
  scored: Scored,
  estimator: string,
  cost: (error: number) => number,
  finish: (mean: number) => number = (mean) => mean,
): Figure {
  const rows = scored.labels.length;
  if (rows === 0) return noRows();
  let sum = 0;
  let weight = 0;
  for (let row = 0; row < rows; row++) {
    const w = weightOf(scored, row);
    sum += w * cost((scored.predictions[row] ?? Number.NaN) - (scored.labels[row] ?? Number.NaN));
    weight += w;
  }
  if (weight === 0) return noWeight();
  return estimate(finish(sum / weight), rows, estimator);
}

export function noWeight(): Refusal {
  return refusal("no-weight", "every row has weight 0", "check the weight column");
}
