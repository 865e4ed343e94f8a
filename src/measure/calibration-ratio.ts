import { estimate, type Figure, type Refusal, refusal } from "../core/figure.js";
import { refuseProbabilities } from "./probability.js";
import { type Scored, totals } from "./scored.js";

/** Sum of predictions / sum of positives (He et al. 2014, "calibration"): above 1 the model promises too much. O(n). */
export function calibrationRatio(scored: Scored): Figure {
  const rows = scored.labels.length;
  const refused = refuseProbabilities(scored);
  if (refused !== undefined) return refused;
  const { positive, predicted } = totals(scored);
  if (positive === 0) return noPositives(rows);
  return estimate(predicted / positive, rows, "sum of predictions / positives");
}

export function noPositives(rows: number): Refusal {
  return refusal("no-positives", `none of the ${rows} rows is positive`, "use a longer window");
}
