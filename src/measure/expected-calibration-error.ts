import { estimate, type Figure } from "../core/figure.js";
import { type CalibrationBin, type ClosedEdge, calibrationBins } from "./calibration-bins.js";
import type { Scored } from "./scored.js";
import { noWeight } from "./weighted-mean.js";

/**
 * Expected calibration error: over bins of equal width, the weighted mean of |mean prediction - share of positives|
 * (Naeini et al. 2015; Guo et al. 2017). Depends on the bins, is above 0 for a perfect model of few rows, and is not
 * proper: a constant prediction at the base rate scores 0. O(n).
 */
export function expectedCalibrationError(
  scored: Scored,
  bins: number = 10,
  closed: ClosedEdge = "left",
): Figure {
  const binned = calibrationBins(scored, bins, closed);
  if ("refused" in binned) return binned;
  const weight = binned.reduce((sum, bin) => sum + bin.weight, 0);
  if (weight === 0) return noWeight();
  const value = binned.reduce((sum, bin) => sum + (bin.weight / weight) * gapOf(bin), 0);
  return estimate(value, scored.labels.length, `calibration error over ${bins} bins, ${closed}-closed`);
}

function gapOf({ means }: CalibrationBin): number {
  return means === undefined ? 0 : Math.abs(means.prediction - means.label);
}
