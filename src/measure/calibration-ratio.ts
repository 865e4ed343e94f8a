import { estimate, type Figure, refusal } from "../core/figure.js";
import { type Scored, totals } from "./scored.js";

/** Sum of predictions / sum of positives (He et al. 2014, "calibration"): above 1 the model promises too much. O(n). */
export function calibrationRatio(scored: Scored): Figure {
  const rows = scored.labels.length;
  if (rows === 0) return refusal("no-rows", "no scored rows", "score rows with a known label");
  const { positive, predicted } = totals(scored);
  if (positive === 0) {
    return refusal("no-positives", `none of the ${rows} rows is positive`, "use a longer window");
  }
  return estimate(predicted / positive, rows, "sum of predictions / positives");
}
