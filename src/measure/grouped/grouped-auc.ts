import { estimate, type Figure } from "../../core/figure.js";
import { concordance } from "../concordance.js";
import { weightOf } from "../scored.js";
import { noGroups } from "./mean-over-groups.js";
import { perGroup, type RankedGroups } from "./ranked-groups.js";

/** ROC AUC within each group, rows weighted; NaN where either class has no weight. O(n). */
export function aucPerGroup(groups: RankedGroups): Float64Array {
  return perGroup(groups, (from, to) => {
    const { positives, negatives, concordant } = concordance(groups.scored, groups.rows, from, to);
    return positives > 0 && negatives > 0 ? concordant / (positives * negatives) : Number.NaN;
  });
}

/** Sum of the rows' weights in each group. O(n). */
export function weightPerGroup(groups: RankedGroups): Float64Array {
  return perGroup(groups, (from, to) => {
    let weight = 0;
    for (let at = from; at < to; at++) weight += weightOf(groups.scored, groups.rows[at] ?? 0);
    return weight;
  });
}

/**
 * GAUC: the mean of the groups' AUCs over groups with both classes, weighted by their impressions (their rows' weights;
 * Zhu et al. 2017, "Optimized Cost per Click in Taobao", section 5.1) or plain. It takes out what differs between users,
 * which overall AUC rewards although no ranking of one user's items is better for it. Groups of one class, often most
 * of them, say nothing. O(n).
 */
export function groupedAuc(groups: RankedGroups, weighting: "impressions" | "none"): Figure {
  const aucs = aucPerGroup(groups);
  const weights =
    weighting === "impressions" ? weightPerGroup(groups) : new Float64Array(aucs.length).fill(1);
  let sum = 0;
  let weight = 0;
  let rows = 0;
  aucs.forEach((auc, group) => {
    if (Number.isNaN(auc)) return;
    sum += (weights[group] ?? 0) * auc;
    weight += weights[group] ?? 0;
    rows += (groups.starts[group + 1] ?? 0) - (groups.starts[group] ?? 0);
  });
  if (weight === 0) return noGroups(aucs.length, "has both classes");
  const by = weighting === "impressions" ? "weighted by impressions" : "unweighted";
  return estimate(sum / weight, rows, `mean ROC AUC of groups, ${by}`);
}
