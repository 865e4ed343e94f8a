/**
 * Boosted trees as data. A node is an internal one or a leaf; node 0 is the root. A row goes down from there; its
 * margin for an output is the base score plus the sum of its leaves' values.
 */
export interface Trees {
  features: number;
  featureNames: readonly string[];
  /** One margin each; several for classes. */
  outputs: number;
  baseMargins: Float64Array;
  /** As the source calls it. */
  objective: string;
  /** Which side takes a value that equals the threshold, and in which precision values are compared. */
  comparison: "float32-less" | "float32-less-or-equal" | "float64-less-or-equal";
  /** Where a value goes that stands among a node's categories; any other goes to the other side. */
  listedCategories: "left" | "right";
  /** The sum of leaves is divided by the trees an output has (random forests). */
  isAverage: boolean;
  trees: readonly Tree[];
}

/** Parallel arrays, one element a node. */
export interface Tree {
  output: number;
  /** -1 at a leaf. */
  feature: Int32Array;
  threshold: Float64Array;
  /** Of an internal node; 0 at a leaf. */
  left: Int32Array;
  right: Int32Array;
  /** 1: what is missing goes left. */
  defaultLeft: Uint8Array;
  /** What counts as missing: 0 nothing (NaN is 0 then), 1 zero, 2 NaN. */
  missing: Uint8Array;
  /** Nodes that split by category. */
  categories: ReadonlyMap<number, ReadonlySet<number>>;
  leafValue: Float64Array;
  /** How the source numbers its leaves: by node, or from 0 after all internal nodes. */
  firstLeaf: number;
}

/** LightGBM's kZeroThreshold. */
const ZERO = 1e-35;

/** The leaf (a node number) that a row of feature values reaches; NaN is missing. O(depth). */
export function leafOf(trees: Trees, tree: Tree, row: ArrayLike<number>): number {
  let node = 0;
  for (let feature = tree.feature[0] ?? -1; feature >= 0; feature = tree.feature[node] ?? -1) {
    const goesLeft = isLeft(trees, tree, node, row[feature] ?? Number.NaN);
    node = (goesLeft ? tree.left[node] : tree.right[node]) ?? 0;
  }
  return node;
}

/** One margin an output, before any link. O(trees × depth). */
export function marginsOf(trees: Trees, row: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(trees.outputs);
  const counts = new Float64Array(trees.outputs);
  for (const tree of trees.trees) {
    sums[tree.output] = (sums[tree.output] ?? 0) + (tree.leafValue[leafOf(trees, tree, row)] ?? 0);
    counts[tree.output] = (counts[tree.output] ?? 0) + 1;
  }
  return sums.map(
    (sum, output) => (trees.baseMargins[output] ?? 0) + (trees.isAverage ? sum / (counts[output] || 1) : sum),
  );
}

function isLeft(trees: Trees, tree: Tree, node: number, given: number): boolean {
  const categories = tree.categories.get(node);
  if (categories !== undefined) {
    const category = trees.comparison === "float64-less-or-equal" ? given : Math.fround(given);
    return isCategoryLeft(trees, tree, node, categories, category);
  }
  const missing = tree.missing[node];
  const value = Number.isNaN(given) && missing !== 2 ? 0 : given;
  const isMissing = missing === 2 ? Number.isNaN(value) : missing === 1 && Math.abs(value) <= ZERO;
  if (isMissing) return tree.defaultLeft[node] === 1;
  const threshold = tree.threshold[node] ?? Number.NaN;
  switch (trees.comparison) {
    case "float32-less":
      return Math.fround(value) < threshold;
    case "float32-less-or-equal":
      return Math.fround(value) <= threshold;
    case "float64-less-or-equal":
      return value <= threshold;
  }
}

/** XGBoost: common::Decision (src/common/categorical.h); LightGBM: Tree::CategoricalDecision (tree.h). */
function isCategoryLeft(
  { listedCategories }: Trees,
  tree: Tree,
  node: number,
  categories: ReadonlySet<number>,
  value: number,
): boolean {
  if (listedCategories === "left") return value > -1 && categories.has(Math.trunc(value));
  if (Number.isNaN(value)) return tree.defaultLeft[node] === 1;
  return !categories.has(Math.trunc(value));
}

/** What is wrong with a tree: a node that is no descendant of the root once and only once, a threshold of NaN. */
export function treeFault(
  { feature, left, right, threshold, categories }: Tree,
  features: number,
): string | undefined {
  const seen = new Uint8Array(feature.length);
  const open = [0];
  let met = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node < 0 || node >= feature.length) return `node ${node} of ${feature.length}`;
    if (seen[node] === 1) return `node ${node} below itself or two nodes`;
    seen[node] = 1;
    met += 1;
    const split = feature[node] ?? -1;
    if (split >= features) return `feature ${split} of ${features} at node ${node}`;
    if (split >= 0 && !categories.has(node) && Number.isNaN(threshold[node]))
      return `a threshold that is no number at node ${node}`;
    if (split >= 0) open.push(left[node] ?? -1, right[node] ?? -1);
  }
  return met === 0 ? "no nodes" : undefined;
}
