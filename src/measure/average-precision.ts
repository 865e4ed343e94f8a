import { estimate, type Figure, noRows } from "../core/figure.js";
import { noPositives } from "./calibration-ratio.js";
import { rankSums } from "./rank-sums.js";
import type { Scored } from "./scored.js";

/**
 * Average precision: the sum over distinct thresholds, from the highest, of (recall gained) x precision; rows of one
 * prediction enter together, weights count in both. No interpolation, as scikit-learn's average_precision_score.
 * 1 when all are positive; undefined without positives. A random ranking scores the base rate, so logs of different
 * base rates do not compare. O(n).
 */
export function averagePrecision(scored: Scored): Figure {
  const rows = scored.labels.length;
  if (rows === 0) return noRows();
  const sums = rankSums(scored);
  if ("refused" in sums) return sums;
  const { positives, precision } = sums;
  if (positives === 0) return noPositives(rows);
  return estimate(precision / positives, rows, "average precision");
}
