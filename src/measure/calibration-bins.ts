import type { Refusal } from "../core/figure.js";
import { refuseProbabilities } from "./probability.js";
import { type Scored, weightOf } from "./scored.js";

/** One bin of predicted probability. */
export interface CalibrationBin {
  rows: number;
  weight: number;
  /** Weighted means; undefined in a bin without weight. */
  means: { prediction: number; label: number } | undefined;
}

/**
 * Which bin a probability on an edge belongs to. "left": bin = floor(p x bins), 1 in the last. "right": (low, high],
 * 0 in the first, edges at multiples of 1 / bins in float64 (numpy.linspace; scikit-learn's calibration_curve).
 */
export type ClosedEdge = "left" | "right";

/** The data of a reliability diagram: rows in bins of equal width by prediction. O(n). */
export function calibrationBins(
  scored: Scored,
  bins: number = 10,
  closed: ClosedEdge = "left",
): CalibrationBin[] | Refusal {
  const refused = refuseProbabilities(scored);
  if (refused !== undefined) return refused;
  const rows = new Float64Array(bins);
  const weight = new Float64Array(bins);
  const predicted = new Float64Array(bins);
  const positive = new Float64Array(bins);
  const binOf = closed === "left" ? leftClosedBin : rightClosedBin;
  for (let row = 0; row < scored.labels.length; row++) {
    const p = scored.predictions[row] ?? 0;
    const bin = binOf(p, bins);
    const w = weightOf(scored, row);
    rows[bin] = (rows[bin] ?? 0) + 1;
    weight[bin] = (weight[bin] ?? 0) + w;
    predicted[bin] = (predicted[bin] ?? 0) + w * p;
    positive[bin] = (positive[bin] ?? 0) + w * (scored.labels[row] ?? 0);
  }
  return Array.from(rows, (count, bin) => {
    const w = weight[bin] ?? 0;
    const means =
      w > 0 ? { prediction: (predicted[bin] ?? 0) / w, label: (positive[bin] ?? 0) / w } : undefined;
    return { rows: count, weight: w, means };
  });
}

function leftClosedBin(p: number, bins: number): number {
  return Math.min(bins - 1, Math.floor(p * bins));
}

function rightClosedBin(p: number, bins: number): number {
  const step = 1 / bins;
  let bin = Math.min(bins - 1, Math.floor(p * bins));
  // The product above may round across an edge in either direction.
  while (bin > 0 && p <= bin * step) bin--;
  while (bin < bins - 1 && p > (bin + 1) * step) bin++;
  return bin;
}
