import { type Forest, rules } from "../model/forest.js";
import type { Tree, Trees } from "./trees.js";

/** What a node of the source says of missing values, as bits of `rules`. */
const MISSING = [0, rules.zeroIsMissing, rules.nanIsMissing] as const;

/**
 * The trees of one output as flat arrays, each tree root first, so that children stand after their parents. Leaf values
 * are multiplied by `scale` (and divided by the trees, where the source averages them). O(nodes).
 */
export function flattenTrees(source: Trees, output: number, scale: number): Forest {
  const trees = source.trees.filter((tree) => tree.output === output);
  const share = source.isAverage ? scale / Math.max(1, trees.length) : scale;
  const nodes = trees.reduce((sum, { feature }) => sum + feature.length, 0);
  const values: number[] = [];
  const forest: Omit<Forest, "values"> & { categories: ReadonlySet<number>[] } = {
    roots: new Int32Array(trees.length),
    feature: new Int32Array(nodes).fill(-1),
    threshold: new Float64Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    rule: new Uint8Array(nodes),
    categories: [],
  };
  let next = 0;
  trees.forEach((tree, index) => {
    forest.roots[index] = next;
    // Source nodes whose place is `next` when they are taken, and whose parent then learns of it.
    const open: { node: number; parent: number; side: "left" | "right" }[] = [
      { node: 0, parent: -1, side: "left" },
    ];
    for (let taken = open.pop(); taken !== undefined; taken = open.pop()) {
      const { node, parent, side } = taken;
      const at = next++;
      if (parent >= 0) forest[side][parent] = at;
      const feature = tree.feature[node] ?? -1;
      forest.feature[at] = feature;
      if (feature < 0) {
        forest.left[at] = values.length;
        values.push(share * (tree.leafValue[node] ?? 0));
        continue;
      }
      addSplit(forest, tree, node, at);
      open.push({ node: tree.right[node] ?? 0, parent: at, side: "right" });
      open.push({ node: tree.left[node] ?? 0, parent: at, side: "left" });
    }
  });
  return { ...forest, values: Float64Array.from(values) };
}

function addSplit(
  forest: Pick<Forest, "threshold" | "rule"> & { categories: ReadonlySet<number>[] },
  tree: Tree,
  node: number,
  at: number,
): void {
  const categories = tree.categories.get(node);
  const missing = MISSING[tree.missing[node] ?? 0] ?? 0;
  const direction = tree.defaultLeft[node] === 1 ? rules.missingLeft : 0;
  forest.rule[at] = missing | direction | (categories === undefined ? 0 : rules.byCategory);
  forest.threshold[at] = categories === undefined ? (tree.threshold[node] ?? 0) : forest.categories.length;
  if (categories !== undefined) forest.categories.push(categories);
}
