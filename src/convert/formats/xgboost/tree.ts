import { type Tree, treeFault } from "../../trees.js";
import { type Json, member } from "../json.js";
import { malformed } from "../malformed.js";
import { BY_OFFSET, unsupported } from "../unsupported.js";

interface Place {
  index: number;
  output: number;
  /** DART's weight_drop; 1 otherwise. */
  weight: number;
  features: number;
}

/** One tree of save_model (src/tree/tree_model.cc, SaveModel). Errors: arrays of other lengths, what is no tree. */
export function readTree(json: Json, place: Place, file: string): Tree {
  const { index, output, weight } = place;
  const bad = (found: string, expected: string): Error =>
    malformed(file, 0, `tree ${index}: ${found}`, expected);
  if (Number(member(json, "tree_param", "size_leaf_vector") ?? 0) > 1)
    throw unsupported(
      `${file}, tree ${index}`,
      "leaves that are vectors (multi_strategy=multi_output_tree)",
      "trees of one output each",
      `train with multi_strategy=one_output_per_tree, or ${BY_OFFSET}`,
    );
  const nodes = Number(member(json, "tree_param", "num_nodes"));
  const column = (name: string): number[] => {
    const list = member(json, name);
    if (!Array.isArray(list) || list.length !== nodes)
      throw bad(`${name} of another length`, `${nodes} nodes`);
    return list.map(Number);
  };
  const left = Int32Array.from(column("left_children"));
  const conditions = column("split_conditions");
  const isLeaf = Array.from(left, (child) => child < 0);
  const tree: Tree = {
    output,
    feature: Int32Array.from(column("split_indices"), (feature, node) =>
      isLeaf[node] === true ? -1 : feature,
    ),
    threshold: Float64Array.from(conditions, (value) => Math.fround(value)),
    left,
    right: Int32Array.from(column("right_children")),
    defaultLeft: Uint8Array.from(column("default_left")),
    missing: new Uint8Array(nodes).fill(2),
    categories: categoriesOf(json, nodes, bad),
    leafValue: Float64Array.from(conditions, (value, node) =>
      isLeaf[node] === true ? Math.fround(value) * weight : 0,
    ),
    firstLeaf: 0,
  };
  const fault = treeFault(tree, place.features);
  if (fault !== undefined) throw bad(fault, "each node below one other");
  if (!tree.leafValue.every(Number.isFinite)) throw bad("a leaf that is no number", "numbers");
  return tree;
}

function categoriesOf(
  json: Json,
  nodes: number,
  bad: (found: string, expected: string) => Error,
): Map<number, ReadonlySet<number>> {
  const list = (name: string): number[] => {
    const value = member(json, name);
    return Array.isArray(value) ? value.map(Number) : [];
  };
  const [values, at, from, sizes] = [
    "categories",
    "categories_nodes",
    "categories_segments",
    "categories_sizes",
  ].map(list);
  const categories = new Map<number, ReadonlySet<number>>();
  (at ?? []).forEach((node, position) => {
    const [first, size] = [from?.[position] ?? -1, sizes?.[position] ?? -1];
    if (!(node >= 0 && node < nodes && first >= 0 && size >= 0 && first + size <= (values?.length ?? 0)))
      throw bad(`categories ${first} to ${first + size} of node ${node}`, "a part of its categories");
    categories.set(node, new Set(values?.slice(first, first + size)));
  });
  return categories;
}
