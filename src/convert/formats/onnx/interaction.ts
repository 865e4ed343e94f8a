import type { Graph, GraphNode, InteractionPart } from "../../graph.js";
import { type Cell, NotFollowed } from "./cells.js";
import { follow } from "./follow.js";
import type { OnnxGraph } from "./graph.js";

/**
 * The graph with what enters a layer, where that is vectors and inner products of pairs of them (DLRM), as one node. In
 * the exported form they go through a product of matrices and gathers by constant indices, which are followed as data.
 */
export function withInteractions(graph: Graph, { nodes: all, tensors, integers }: OnnxGraph): Graph {
  // A product of two matrices neither of which is a weight: there is one where there are pairs.
  const hasProduct = all.some(
    ({ operator, inputs }) => operator === "MatMul" && !inputs.some((input) => tensors.has(input)),
  );
  if (!hasProduct) return graph;
  const givers = new Map(all.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const widthOf = (name: string, depth = 0): number | undefined => {
    const node = graph.nodes.get(name);
    if (node === undefined || depth > MAX_DEPTH) return undefined;
    const { operation, inputs } = node;
    const shape = (tensor: string): readonly number[] => tensors.get(tensor)?.shape ?? [];
    if (operation.kind === "rows") return shape(operation.tensor)[1];
    if (operation.kind === "layer") return shape(operation.kernel)[operation.layout === "rows" ? 1 : 0];
    if (!["activation", "batch-normalisation", "sum"].includes(operation.kind)) return undefined;
    return inputs.map((input) => widthOf(input, depth + 1)).find((width) => width !== undefined);
  };
  const ground = { nodes: givers, integers, widthOf: (name: string) => widthOf(name) };
  const nodes = new Map(graph.nodes);
  for (const { operation, inputs } of graph.nodes.values()) {
    const [input] = inputs;
    const isRead = operation.kind === "layer" || operation.kind === "batch-normalisation";
    if (!isRead || input === undefined || graph.nodes.get(input)?.operation.kind !== "concatenation")
      continue;
    const found = interactionIn(ground, input, widthOf);
    if (found !== undefined) nodes.set(input, found);
  }
  return { ...graph, nodes };
}

const MAX_DEPTH = 100;

function interactionIn(
  ground: Parameters<typeof follow>[0],
  output: string,
  widthOf: (name: string) => number | undefined,
): GraphNode | undefined {
  try {
    const { cells } = follow(ground, output);
    if (!cells.some((cell) => typeof cell === "object" && "left" in cell)) return undefined;
    return interactionOf(cells, widthOf);
  } catch (error) {
    if (error instanceof NotFollowed) return undefined;
    throw error;
  }
}

/** Undefined where a vector is not there as a whole, from its first number to its last. */
function interactionOf(
  cells: readonly Cell[],
  widthOf: (name: string) => number | undefined,
): GraphNode | undefined {
  const inputs: string[] = [];
  const placeOf = (vector: string): number => {
    if (!inputs.includes(vector)) inputs.push(vector);
    return inputs.indexOf(vector);
  };
  const entering: InteractionPart[] = [];
  for (let at = 0; at < cells.length; at++) {
    const cell = cells[at];
    if (typeof cell !== "object") return undefined;
    if ("left" in cell) {
      entering.push([placeOf(cell.left), placeOf(cell.right)]);
      continue;
    }
    const width = widthOf(cell.vector) ?? 0;
    for (let k = 0; k < width; k++) {
      const one = cells[at + k];
      const isNext = typeof one === "object" && "vector" in one && one.vector === cell.vector && one.at === k;
      if (!isNext) return undefined;
    }
    entering.push(placeOf(cell.vector));
    at += width - 1;
  }
  return { inputs, operation: { kind: "interaction", entering } };
}
