import { type Refusal, refusal } from "../core/figure.js";

/**
 * Row numbers by descending prediction; equal predictions keep their row order. O(n log n).
 * Refused where a prediction is NaN: such a row cannot be ranked.
 */
export function rankingOf(predictions: Float64Array): Uint32Array | Refusal {
  const unranked = refuseNaN(predictions);
  if (unranked !== undefined) return unranked;
  const order = Uint32Array.from(predictions, (_, row) => row);
  return order.sort((a, b) => descending(predictions, a, b));
}

/** Comparator of two rows: the higher prediction first, then the earlier row. Infinities of one sign are equal. */
export function descending(predictions: Float64Array, a: number, b: number): number {
  const left = predictions[a] ?? 0;
  const right = predictions[b] ?? 0;
  return left === right ? a - b : right - left;
}

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
