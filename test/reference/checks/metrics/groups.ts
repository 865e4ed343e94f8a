import type { Figure } from "../../../../src/core/figure.js";
import { aucPerGroup, groupedAuc, weightPerGroup } from "../../../../src/measure/grouped/grouped-auc.js";
import { meanOverGroups } from "../../../../src/measure/grouped/mean-over-groups.js";
import { ndcgPerGroup } from "../../../../src/measure/grouped/ndcg.js";
import { type RankedGroups, rankGroups } from "../../../../src/measure/grouped/ranked-groups.js";
import { reciprocalRankPerGroup } from "../../../../src/measure/grouped/reciprocal-rank.js";
import { hitRatePerGroup, recallPerGroup } from "../../../../src/measure/grouped/top-k.js";
import type { Scored } from "../../../../src/measure/scored.js";
import type { Tally } from "../../tally.js";

export interface GroupedCase {
  grouped: Record<string, number | null>;
  per_group_columns: string[];
  per_group: (number | null)[][];
}

function rank(scored: Scored, groups: readonly number[]): RankedGroups {
  const ranked = rankGroups(scored, Float64Array.from(groups));
  if ("refused" in ranked) throw new Error(ranked.reason);
  return ranked;
}

/** The same rows as if the log had no weights. */
function unweighted({ scored: { predictions, labels }, ...groups }: RankedGroups): RankedGroups {
  return { ...groups, scored: { predictions, labels } };
}

/** A column of per_group: NaN where undefined. */
function columnOf(name: string, groups: RankedGroups): Float64Array | undefined {
  const sizes = (): Float64Array =>
    Float64Array.from(groups.keys, (_, g) => (groups.starts[g + 1] ?? 0) - (groups.starts[g] ?? 0));
  if (name === "group") return groups.keys;
  if (name === "n") return sizes();
  if (name === "n_positive") return Float64Array.from(groups.positives);
  if (name === "sum_weight") return weightPerGroup(groups);
  if (name === "auc") return aucPerGroup(groups);
  if (name === "auc_unweighted_rows") return aucPerGroup(unweighted(groups));
  if (name === "mrr") return reciprocalRankPerGroup(groups);
  const [, metric, k, ties] = /^(ndcg|recall|hit_rate|hit)(\d+)(?:_(first|tie))?$/.exec(name) ?? [];
  if (metric === "ndcg") return ndcgPerGroup(groups, Number(k), ties === "tie" ? "averaged" : "row order");
  if (metric === "recall") return recallPerGroup(groups, Number(k));
  if (metric !== undefined) return hitRatePerGroup(groups, Number(k));
  return undefined;
}

/** Every entry of `grouped`. A key that nothing here computes is out, not passed over. */
export function checkGroups(
  tally: Tally,
  name: string,
  { grouped }: GroupedCase,
  scored: Scored,
  keys: readonly number[],
): void {
  const groups = rank(scored, keys);
  for (const [key, expected] of Object.entries(grouped)) {
    const where = `${name}: grouped.${key}`;
    const count = countOf(key, groups);
    const figure = figureOf(key, groups);
    if (count !== undefined) tally.same(where, count, expected);
    else if (figure !== undefined) tally.near(where, figure, expected);
    else tally.same(where, "no implementation", expected);
  }
}

function countOf(key: string, groups: RankedGroups): number | undefined {
  if (key === "n_groups") return groups.keys.length;
  if (key === "n_groups_both_classes") return aucPerGroup(groups).filter((auc) => !Number.isNaN(auc)).length;
  if (key === "n_groups_with_positive") return groups.positives.filter((count) => count > 0).length;
  return undefined;
}

function figureOf(key: string, groups: RankedGroups): Figure | undefined {
  const gauc = /^gauc(_unweighted)?(_ignoring_sample_weights)?$/.exec(key);
  if (gauc !== null) {
    const [, plain, ignoring] = gauc;
    const of = ignoring === undefined ? groups : unweighted(groups);
    return groupedAuc(of, plain === undefined ? "impressions" : "none");
  }
  const suffix = /^(.+)_mean_over_(groups_with_positive|all_groups_zero_if_no_positive)$/.exec(key);
  const values = columnOf(suffix?.[1] ?? "", groups);
  if (suffix === null || values === undefined) return undefined;
  const undefinedGroups = suffix[2] === "groups_with_positive" ? "left out" : "as 0";
  return meanOverGroups(groups, values, suffix[1] ?? "", undefinedGroups);
}

/** Every number of per_group, by the names of its columns. */
export function checkColumns(
  tally: Tally,
  name: string,
  { per_group_columns: columns, per_group: rows }: GroupedCase,
  scored: Scored,
  keys: readonly number[],
): void {
  const groups = rank(scored, keys);
  tally.same(`${name}: groups`, groups.keys.length, rows.length);
  columns.forEach((column, at) => {
    const values = columnOf(column, groups);
    const isCount = column === "group" || /^n(_|$)/.test(column);
    rows.forEach((row, group) => {
      const where = `${name}: group ${row[0]}: ${column}`;
      const found = values?.[group];
      const expected = row[at];
      if (isCount || expected === null) tally.same(where, Number.isNaN(found) ? null : found, expected);
      else tally.near(where, found, expected);
    });
  });
}
