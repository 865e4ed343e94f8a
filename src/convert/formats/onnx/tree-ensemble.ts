import { type Tree, type Trees, treeFault } from "../../trees.js";
import { BY_OFFSET, unsupported } from "../unsupported.js";
import type { OnnxNode } from "./graph.js";
import type { OnnxFile } from "./message.js";

const comparisons: ReadonlyMap<string, Trees["comparison"]> = new Map([
  ["BRANCH_LEQ", "float32-less-or-equal"],
  ["BRANCH_LT", "float32-less"],
]);

/** Parallel attributes `nodes_*`, and `class_*` or `target_*` for what leaves give. */
interface Columns {
  tree: readonly number[];
  node: readonly number[];
  feature: readonly number[];
  value: readonly number[];
  mode: readonly string[];
  whenTrue: readonly number[];
  whenFalse: readonly number[];
  missingTrue: readonly number[];
}

interface LeafWeights {
  tree: readonly number[];
  node: readonly number[];
  output: readonly number[];
  weight: readonly number[];
}

/**
 * TreeEnsembleClassifier and TreeEnsembleRegressor (ai.onnx.ml). A leaf may add to several outputs: then the tree
 * stands once for each. Errors: lists of other lengths, two ensembles, comparisons of several kinds, no tree.
 */
export function readTreeEnsemble(nodes: readonly OnnxNode[], file: OnnxFile): Trees | undefined {
  const [node, second] = nodes.filter(({ operator }) => operator.startsWith("TreeEnsemble"));
  if (node === undefined) return undefined;
  const bad = (found: string, expected: string): Error => file.bad(node.message, found, expected);
  const refuse = (feature: string, expected: string): Error =>
    unsupported(`${file.name}, node ${node.name}`, feature, expected, BY_OFFSET);
  if (second !== undefined) throw refuse("two ensembles of trees", "one");
  const numbers = (name: string): readonly number[] => node.attributes.get(name)?.numbers ?? [];
  const columns: Columns = {
    tree: numbers("nodes_treeids"),
    node: numbers("nodes_nodeids"),
    feature: numbers("nodes_featureids"),
    value: numbers("nodes_values"),
    mode: node.attributes.get("nodes_modes")?.texts ?? [],
    whenTrue: numbers("nodes_truenodeids"),
    whenFalse: numbers("nodes_falsenodeids"),
    missingTrue: numbers("nodes_missing_value_tracks_true"),
  };
  const kind = node.operator === "TreeEnsembleClassifier" ? "class" : "target";
  const leaves: LeafWeights = {
    tree: numbers(`${kind}_treeids`),
    node: numbers(`${kind}_nodeids`),
    output: numbers(`${kind}_ids`),
    weight: numbers(`${kind}_weights`),
  };
  checkLengths(columns, leaves, bad);
  const modes = [...new Set(columns.mode.filter((mode) => mode !== "LEAF"))];
  const comparison = comparisons.get(modes[0] ?? "BRANCH_LEQ");
  if (modes.length > 1 || comparison === undefined)
    throw refuse(`trees that split by ${modes.slice(0, 4).join(", ")}`, "BRANCH_LEQ or BRANCH_LT throughout");
  const features = Math.max(0, ...range(columns.feature)) + 1;
  const outputs = [...new Set(leaves.output)].sort((a, b) => a - b);
  const base = numbers("base_values");
  const aggregate = node.attributes.get("aggregate_function")?.texts[0] ?? "SUM";
  if (aggregate !== "SUM" && aggregate !== "AVERAGE")
    throw refuse(`trees whose leaves are put together by ${aggregate}`, "SUM or AVERAGE");
  return {
    features,
    featureNames: [],
    outputs: outputs.length,
    baseMargins: Float64Array.from(outputs, (output) => base[output] ?? base[0] ?? 0),
    objective: node.attributes.get("post_transform")?.texts[0] ?? "NONE",
    comparison,
    listedCategories: "left",
    isAverage: aggregate === "AVERAGE",
    trees: treesOf(columns, leaves, outputs, features, bad),
  };
}

function range(numbers: readonly number[]): number[] {
  return [numbers.reduce((most, value) => Math.max(most, value), 0)];
}

function checkLengths(
  columns: Columns,
  leaves: LeafWeights,
  bad: (found: string, expected: string) => Error,
): void {
  const { missingTrue, ...rest } = columns;
  const lengths = new Set(Object.values(rest).map(({ length }) => length));
  const leafLengths = new Set(Object.values(leaves).map(({ length }) => length));
  const isWhole = lengths.size === 1 && leafLengths.size === 1 && columns.tree.length > 0;
  if (!isWhole || (missingTrue.length > 0 && missingTrue.length !== columns.tree.length))
    throw bad(
      `lists of ${[...lengths, ...leafLengths].join(", ")} nodes`,
      "one length for nodes, one for leaves",
    );
}

function treesOf(
  columns: Columns,
  leaves: LeafWeights,
  outputs: readonly number[],
  features: number,
  bad: (found: string, expected: string) => Error,
): Tree[] {
  const rowsOf = new Map<number, number[]>();
  columns.tree.forEach((tree, row) => {
    const rows = rowsOf.get(tree);
    if (rows === undefined) rowsOf.set(tree, [row]);
    else rows.push(row);
  });
  const weights = new Map<string, number>();
  const outputsOf = new Map<number, Set<number>>();
  leaves.weight.forEach((weight, at) => {
    if (!Number.isFinite(weight)) throw bad(`a leaf of ${weight} (weight ${at})`, "leaves that are finite");
    const [tree = -1, node = -1, output = -1] = [leaves.tree[at], leaves.node[at], leaves.output[at]];
    const key = `${tree} ${node} ${output}`;
    weights.set(key, (weights.get(key) ?? 0) + weight);
    outputsOf.set(tree, (outputsOf.get(tree) ?? new Set()).add(output));
  });
  return [...rowsOf].flatMap(([id, rows]) => {
    const shape = shapeOf(columns, rows, id, bad);
    const fault = treeFault(shape, features);
    if (fault !== undefined) throw bad(`tree ${id}: ${fault}`, "each node below one other");
    return [...(outputsOf.get(id) ?? [])].map((output) => ({
      ...shape,
      output: outputs.indexOf(output),
      leafValue: Float64Array.from(rows, (row) => weights.get(`${id} ${columns.node[row]} ${output}`) ?? 0),
    }));
  });
}

/** Rows of one tree -> nodes by position; the root is the first. */
function shapeOf(
  columns: Columns,
  rows: readonly number[],
  id: number,
  bad: (found: string, expected: string) => Error,
): Tree {
  const position = new Map(rows.map((row, at) => [columns.node[row] ?? -1, at]));
  const child = (list: readonly number[], row: number): number => {
    if (columns.mode[row] === "LEAF") return 0;
    const at = position.get(list[row] ?? -1);
    if (at === undefined) throw bad(`tree ${id}: node ${list[row]}`, "a node of the tree");
    return at;
  };
  return {
    output: 0,
    feature: Int32Array.from(rows, (row) =>
      columns.mode[row] === "LEAF" ? -1 : (columns.feature[row] ?? -1),
    ),
    threshold: Float64Array.from(rows, (row) => columns.value[row] ?? 0),
    left: Int32Array.from(rows, (row) => child(columns.whenTrue, row)),
    right: Int32Array.from(rows, (row) => child(columns.whenFalse, row)),
    defaultLeft: Uint8Array.from(rows, (row) => (columns.missingTrue[row] === 1 ? 1 : 0)),
    missing: new Uint8Array(rows.length).fill(2),
    categories: new Map(),
    leafValue: new Float64Array(rows.length),
    firstLeaf: 0,
  };
}
