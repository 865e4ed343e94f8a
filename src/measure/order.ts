import { type Refusal, refusal } from "../core/figure.js";
import { stableOrder } from "./stable-order.js";

/**
 * Row numbers by descending prediction; equal predictions keep their row order. O(n).
 * Refused where a prediction is NaN: such a row cannot be ranked.
 */
export function rankingOf(predictions: Float64Array): Uint32Array | Refusal {
  const known = rankings.get(predictions);
  if (known !== undefined) return known;
  const ranking = refuseNaN(predictions) ?? stableOrder(predictions, "descending");
  rankings.set(predictions, ranking);
  return ranking;
}

/** The sort is most of the work, and metrics of one window share it. Scored predictions do not change. */
const rankings = new WeakMap<Float64Array, Uint32Array | Refusal>();

export function refuseNaN(predictions: Float64Array): Refusal | undefined {
  const row = predictions.findIndex(Number.isNaN);
  if (row < 0) return undefined;
  return refusal(
    "not-finite",
    `the prediction of scored row ${row} is NaN`,
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
