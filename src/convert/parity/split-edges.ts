import { rules } from "../../model/forest.js";
import type { Bound } from "../bound.js";

/** By feature, the thresholds and categories that trees split by: where a wrong comparison would show. */
export function splitEdges({ leaves }: Bound): Map<string, number[]> {
  const edges = new Map<string, number[]>();
  if (leaves === undefined) return edges;
  const { spec, forest } = leaves;
  forest.feature.forEach((split, node) => {
    const name = spec.features[split];
    if (name === undefined) return;
    const at = forest.threshold[node] ?? 0;
    const isCategory = ((forest.rule[node] ?? 0) & rules.byCategory) !== 0;
    const values = isCategory ? [...(forest.categories[at] ?? [])] : [at];
    const known = edges.get(name);
    if (known === undefined) edges.set(name, [0, ...values]);
    else known.push(...values);
  });
  return edges;
}
