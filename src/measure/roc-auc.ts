import { estimate, type Figure, refusal } from "../core/figure.js";
import { type Scored, weightOf } from "./scored.js";

/**
 * Area under the ROC curve: the weighted probability that a positive is ranked above a negative, ties one half
 * (Mann-Whitney; Hanley & McNeil 1982). Undefined for a single class. Exact, O(n log n).
 */
export function rocAuc(scored: Scored): Figure {
  const rows = scored.labels.length;
  if (rows === 0) return refusal("no-rows", "no scored rows", "score rows with a known label");
  const { predictions, labels } = scored;
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  order.sort((a, b) => (predictions[a] ?? 0) - (predictions[b] ?? 0));
  let negativesBelow = 0;
  let positives = 0;
  let concordant = 0;
  for (let start = 0; start < rows; ) {
    const value = predictions[order[start] ?? 0];
    let tiedPositives = 0;
    let tiedNegatives = 0;
    let end = start;
    for (; end < rows && predictions[order[end] ?? 0] === value; end++) {
      const row = order[end] ?? 0;
      if ((labels[row] ?? 0) === 1) tiedPositives += weightOf(scored, row);
      else tiedNegatives += weightOf(scored, row);
    }
    // NaN equals nothing, itself included: such rows cannot be ranked.
    if (end === start)
      return refusal("not-finite", "a prediction is NaN", "check the model with unbatch inspect");
    concordant += tiedPositives * (negativesBelow + tiedNegatives / 2);
    positives += tiedPositives;
    negativesBelow += tiedNegatives;
    start = end;
  }
  if (positives === 0 || negativesBelow === 0) {
    const only = positives === 0 ? "negatives" : "positives";
    return refusal(
      "single-class",
      `the ${rows} rows hold ${only} alone`,
      "use a longer window, or check the label rule",
    );
  }
  return estimate(concordant / (positives * negativesBelow), rows, "ROC AUC");
}
