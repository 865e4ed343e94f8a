import { estimate, type Figure, noRows, refusal } from "../core/figure.js";
import { endOfTie, rankedRows } from "./ranked-rows.js";
import type { Scored } from "./scored.js";

/**
 * Area under the ROC curve: the weighted probability that a positive is ranked above a negative, ties one half
 * (Mann-Whitney; Hanley & McNeil 1982). Undefined for a single class. Exact, O(n).
 */
export function rocAuc(scored: Scored): Figure {
  const rows = scored.labels.length;
  if (rows === 0) return noRows();
  const ranked = rankedRows(scored);
  if ("refused" in ranked) return ranked;
  const { predictions, positives: isPositive, weights } = ranked;
  let positives = 0;
  let negatives = 0;
  let concordant = 0;
  for (let start = 0; start < rows; ) {
    const end = endOfTie(predictions, start);
    let tiedPositives = 0;
    let tiedNegatives = 0;
    for (let at = start; at < end; at++) {
      const weight = weights?.[at] ?? 1;
      if (isPositive[at] === 1) tiedPositives += weight;
      else tiedNegatives += weight;
    }
    concordant += tiedNegatives * (positives + tiedPositives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
    start = end;
  }
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
