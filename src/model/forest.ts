import { UnbatchError } from "../core/errors.js";
import { type LeavesSpec, tableName } from "../core/model-spec.js";
import type { Tensor } from "../core/tensor.js";

/**
 * The trees of a `leaves` term in flat arrays: node n of all trees is element n of each. Children stand after their
 * parents, so that every walk ends.
 */
export interface Forest {
  /** The first node of each tree. */
  roots: Int32Array;
  /** The number of a feature; -1 at a leaf. */
  feature: Int32Array;
  /** Of a node that splits by category: the number of its set. */
  threshold: Float64Array;
  /** A child; at a leaf its row of the term's table. */
  left: Int32Array;
  right: Int32Array;
  /** See `rules`. */
  rule: Uint8Array;
  /** [sets]: the categories that a node lists. */
  categories: readonly ReadonlySet<number>[];
  /** [leaves]: the source's leaf values. */
  values: Float64Array;
}

/** Bits of a node's rule: where what is missing goes, what counts as missing, and whether it splits by category. */
export const rules = { missingLeft: 1, zeroIsMissing: 2, nanIsMissing: 4, byCategory: 8 } as const;

/** LightGBM's kZeroThreshold. */
const ZERO = 1e-35;

/**
 * The row of the leaf that `x`, a number for each feature, reaches in the tree with this root. O(depth).
 * XGBoost: RegTree::GetNext and common::Decision; LightGBM: Tree::NumericalDecision and CategoricalDecision (tree.h);
 * ONNX: TreeEnsemble (ai.onnx.ml).
 */
export function leafRow(forest: Forest, spec: LeavesSpec, root: number, x: Float64Array): number {
  const { feature, threshold, left, right, rule } = forest;
  const isStrict = spec.comparison === "float32-less";
  let node = root;
  for (let split = feature[node] ?? -1; split >= 0; split = feature[node] ?? -1) {
    const bits = rule[node] ?? 0;
    const given = x[split] ?? Number.NaN;
    let goesLeft: boolean;
    if ((bits & rules.byCategory) !== 0) goesLeft = isCategoryLeft(forest, spec, node, bits, given);
    else {
      const value = (bits & rules.nanIsMissing) === 0 && Number.isNaN(given) ? 0 : given;
      const isMissing =
        Number.isNaN(value) || ((bits & rules.zeroIsMissing) !== 0 && value >= -ZERO && value <= ZERO);
      const at = threshold[node] ?? Number.NaN;
      if (isMissing) goesLeft = (bits & rules.missingLeft) !== 0;
      else goesLeft = isStrict ? value < at : value <= at;
    }
    node = (goesLeft ? left[node] : right[node]) ?? 0;
  }
  return left[node] ?? 0;
}

function isCategoryLeft(
  { categories, threshold }: Forest,
  { listedCategories }: LeavesSpec,
  node: number,
  bits: number,
  value: number,
): boolean {
  const isListed = categories[threshold[node] ?? -1]?.has(Math.trunc(value)) === true;
  // LightGBM's categories go left, and all else right: NaN and negative numbers are in no set.
  if (listedCategories === "left") return isListed;
  return Number.isNaN(value) ? (bits & rules.missingLeft) !== 0 : !isListed;
}

/** Names of the tensors, below `<term>/trees/`. All are [length, 1] of float64. */
const PARTS = [
  "roots",
  "feature",
  "threshold",
  "left",
  "right",
  "rule",
  "categories",
  "setEnds",
  "values",
] as const;
type Part = (typeof PARTS)[number];

/** A forest as tensors of the model; its sets of categories are one list, and where each of them ends. */
export function forestTensors(term: string, forest: Forest): Tensor[] {
  const listed = forest.categories.map((set) => [...set].sort((a, b) => a - b));
  let end = 0;
  const columns: Record<Part, ArrayLike<number>> = {
    ...forest,
    categories: listed.flat(),
    setEnds: listed.map((set) => (end += set.length)),
  };
  return PARTS.map((part) => {
    const values = Float64Array.from(columns[part]);
    return {
      name: tensorName(term, part),
      shape: [values.length, 1],
      dtype: "float64",
      values: () => values,
    };
  });
}

/**
 * The forest of a `leaves` term from the tensors of its model, checked: what a folder holds may not be what was written.
 * Errors: a list of another length than the term says, a child before its parent, a leaf, feature or set out of range.
 */
export function forestOf(spec: LeavesSpec, tensors: ReadonlyMap<string, Tensor>): Forest {
  const bad = (found: string): UnbatchError =>
    new UnbatchError({
      where: `trees of term ${spec.name}`,
      found,
      expected: `${spec.trees} trees of ${spec.nodes} nodes with ${spec.leaves} leaves`,
      next: "convert the checkpoint again",
    });
  const column = (part: Part, length?: number): Float64Array => {
    const values = Float64Array.from(tensors.get(tensorName(spec.name, part))?.values() ?? [], Number);
    if (length === undefined || values.length === length) return values;
    throw bad(`${values.length} numbers as ${part}`);
  };
  const listed = column("categories");
  const ends = column("setEnds");
  const forest: Forest = {
    roots: Int32Array.from(column("roots", spec.trees)),
    feature: Int32Array.from(column("feature", spec.nodes)),
    threshold: column("threshold", spec.nodes),
    left: Int32Array.from(column("left", spec.nodes)),
    right: Int32Array.from(column("right", spec.nodes)),
    rule: Uint8Array.from(column("rule", spec.nodes)),
    categories: Array.from(ends, (end, set) => new Set(listed.subarray(ends[set - 1] ?? 0, end))),
    values: column("values", spec.leaves),
  };
  for (let node = 0; node < spec.nodes; node++) {
    if (!isNode(forest, spec, node)) throw bad(`node ${node}, which leads nowhere`);
  }
  const lost = forest.roots.find((root) => root < 0 || root >= spec.nodes);
  if (lost !== undefined) throw bad(`a tree that begins at node ${lost}`);
  return forest;
}

function isNode(forest: Forest, spec: LeavesSpec, node: number): boolean {
  const { feature, threshold, left, right, rule, categories } = forest;
  const [split = -2, low = -1, high = -1] = [feature[node], left[node], right[node]];
  if (split === -1) return low >= 0 && low < spec.leaves;
  const isSet = categories[threshold[node] ?? -1] !== undefined;
  return (
    split >= 0 &&
    split < spec.features.length &&
    Math.min(low, high) > node &&
    Math.max(low, high) < spec.nodes &&
    (isSet || ((rule[node] ?? 0) & rules.byCategory) === 0)
  );
}

function tensorName(term: string, part: Part): string {
  return tableName(term, `trees/${part}`);
}

/** The tensors among these that are trees, which learning leaves as they are; with their numbers in memory. */
export function treeTensors(tensors: ReadonlyMap<string, Tensor>): Tensor[] {
  const isTree = ({ name }: Tensor): boolean => PARTS.some((part) => name.endsWith(`/trees/${part}`));
  return [...tensors.values()].filter(isTree).map(({ name, shape, dtype, values: read }) => {
    const values = read();
    return { name, shape, dtype, values: () => values };
  });
}
