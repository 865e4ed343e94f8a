import { estimate, type Figure, noRows, refusal } from "../core/figure.js";
import { rankSums } from "./rank-sums.js";
import type { Scored } from "./scored.js";

/**
 * Area under the ROC curve: the weighted probability that a positive is ranked above a negative, ties one half
 * (Mann-Whitney; Hanley & McNeil 1982). Undefined for a single class. Exact, O(n).
 */
export function rocAuc(scored: Scored): Figure {
  const rows = scored.labels.length;
  if (rows === 0) return noRows();
  const sums = rankSums(scored);
  if ("refused" in sums) return sums;
  const { positives, negatives, concordant } = sums;
  if (positives === 0 || negatives === 0)
    return singleClass(rows, positives === 0 ? "negatives" : "positives");
  return estimate(concordant / (positives * negatives), rows, "ROC AUC");
}

export function singleClass(rows: number, only: "positives" | "negatives"): Figure {
  return refusal(
    "single-class",
    `the ${rows} rows hold ${only} alone`,
    "use a longer window, or check the label rule",
  );
}
