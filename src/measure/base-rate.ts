import { estimate, type Figure, type Refusal, refusal } from "../core/figure.js";
import { type Scored, totals } from "./scored.js";

/** Weighted share of positives: what a score that knows nothing would predict. Undefined without weight. O(n). */
export function baseRate(scored: Scored): Figure {
  const { weight, positive } = totals(scored);
  return weight > 0 ? estimate(positive / weight, scored.labels.length, "base rate") : noWeightedRows();
}

export function noWeightedRows(): Refusal {
  return refusal("no-rows", "no weighted rows", "score rows with a known label");
}
