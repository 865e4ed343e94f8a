import { estimate, type Figure, refusal } from "../../core/figure.js";
import type { RankedGroups } from "./ranked-groups.js";

/**
 * Plain mean of a metric over groups. A group for which it is undefined (NaN: no positive) is left out, or counts as 0:
 * the two differ by the share of groups with a positive, so the estimator's name says which. `rows` are those of the
 * groups that count. O(groups).
 */
export function meanOverGroups(
  groups: RankedGroups,
  values: Float64Array,
  metric: string,
  undefinedGroups: "left out" | "as 0" = "left out",
): Figure {
  let sum = 0;
  let count = 0;
  let rows = 0;
  values.forEach((value, group) => {
    if (Number.isNaN(value) && undefinedGroups === "left out") return;
    sum += Number.isNaN(value) ? 0 : value;
    count += 1;
    rows += (groups.starts[group + 1] ?? 0) - (groups.starts[group] ?? 0);
  });
  if (count === 0) return noGroups(values.length, "has a positive");
  return estimate(sum / count, rows, `${metric}, mean over groups (without a positive: ${undefinedGroups})`);
}

export function noGroups(groups: number, lacks: string): Figure {
  return refusal(
    "no-groups",
    `none of the ${groups} groups ${lacks}`,
    "use a longer window, or a coarser group",
  );
}
