import type { Graph } from "../graph.js";

/** The tensors that an output of a graph reads. O(nodes). */
export function tensorsBelow(graph: Graph, output: string): string[] {
  const tensors: string[] = [];
  const seen = new Set<string>();
  const open = [output];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = graph.nodes.get(name);
    if (node === undefined || seen.has(name)) continue;
    seen.add(name);
    open.push(...node.inputs);
    const { operation } = node;
    if (operation.kind === "tensor" || operation.kind === "rows") tensors.push(operation.tensor);
    if (operation.kind === "layer") tensors.push(operation.kernel, operation.bias ?? operation.kernel);
  }
  return tensors;
}
