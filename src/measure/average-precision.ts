import { estimate, type Figure, noRows } from "../core/figure.js";
import { noPositives } from "./calibration-ratio.js";
import { endOfTie, rankedRows } from "./ranked-rows.js";
import { type Scored, totals } from "./scored.js";

/**
 * Average precision: the sum over distinct thresholds, from the highest, of (recall gained) x precision; rows of one
 * prediction enter together, weights count in both. No interpolation, as scikit-learn's average_precision_score.
 * 1 when all are positive; undefined without positives. A random ranking scores the base rate, so logs of different
 * base rates do not compare. O(n).
 */
export function averagePrecision(scored: Scored): Figure {
  const rows = scored.labels.length;
  if (rows === 0) return noRows();
  const ranked = rankedRows(scored);
  if ("refused" in ranked) return ranked;
  const { predictions, positives, weights } = ranked;
  const { positive } = totals(scored);
  if (positive === 0) return noPositives(rows);
  let weight = 0;
  let found = 0;
  let sum = 0;
  for (let start = 0; start < rows; ) {
    const end = endOfTie(predictions, start);
    let gained = 0;
    for (let at = start; at < end; at++) {
      const own = weights?.[at] ?? 1;
      weight += own;
      if (positives[at] === 1) gained += own;
    }
    found += gained;
    if (gained > 0) sum += gained * (found / weight);
    start = end;
  }
  return estimate(sum / positive, rows, "average precision");
}
