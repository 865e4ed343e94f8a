import { type Refusal, refusal } from "../core/figure.js";

export function refuseNaN(predictions: Float64Array, before: number = 0): Refusal | undefined {
  let row = 0;
  while (row < predictions.length && !Number.isNaN(predictions[row])) row++;
  if (row === predictions.length) return undefined;
  return refusal(
    "not-finite",
    `the prediction of scored row ${before + row} is NaN`,
    "check the model with unbatch inspect",
  );
}

/** The end of the run of equal predictions that starts at `start` of an order, at most `to`. */
export function endOfTie(predictions: Float64Array, order: Uint32Array, start: number, to: number): number {
  const value = predictions[order[start] ?? 0];
  let end = start + 1;
  while (end < to && predictions[order[end] ?? 0] === value) end++;
  return end;
}
