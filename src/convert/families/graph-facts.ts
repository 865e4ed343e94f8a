import type { Activation } from "../../core/model-spec.js";
import type { Tensor } from "../../core/tensor.js";
import type { BatchNormalisation, Graph, GraphNode } from "../graph.js";
import type { Layer } from "./layers.js";

/**
 * Layers with what a graph says of each even where the whole of it is not understood: the layers that names do not show
 * (`onnx::MatMul_7`), activations, BatchNorm on either side. `facts` are the running means that it placed.
 */
export function withGraphFacts(
  layers: readonly Layer[],
  graph: Graph | undefined,
  tensors: readonly Tensor[],
): { layers: Layer[]; facts: ReadonlySet<string> } {
  const facts = new Set<string>();
  if (graph === undefined) return { layers: [...layers], facts };
  const readers = new Map<string, string[]>();
  for (const [name, { inputs }] of graph.nodes)
    for (const input of inputs) readers.set(input, [...(readers.get(input) ?? []), name]);
  const byKernel = new Map(layers.map((layer) => [layer.kernel, layer]));
  const found: Layer[] = [];
  for (const [name, node] of graph.nodes) {
    if (node.operation.kind !== "layer") continue;
    const { operation } = node;
    const shape = tensors.find((tensor) => tensor.name === operation.kernel)?.shape;
    if (shape === undefined) continue;
    const [first = 0, second = 0] = shape;
    const [inputs, units] = operation.layout === "rows" ? [first, second] : [second, first];
    const above = followed(graph, readers, name);
    const below = normBelow(graph, node);
    for (const norm of [above.norm, below]) if (norm !== undefined) facts.add(norm.mean);
    const bias = operation.bias ?? above.bias;
    found.push({
      ...{ kernel: operation.kernel, layout: operation.layout, inputs, units },
      ...(bias === undefined ? {} : { bias }),
      activation: operation.activation === "linear" ? above.activation : operation.activation,
      ...(above.norm === undefined ? {} : { normOut: above.norm }),
      ...(below === undefined ? {} : { normIn: below }),
    });
    byKernel.delete(operation.kernel);
  }
  return { layers: [...found, ...byKernel.values()], facts };
}

interface Above {
  bias?: string;
  norm?: BatchNormalisation;
  activation: Activation;
}

/** Bias, BatchNorm and activation that follow a layer, one reader after the other. */
function followed(graph: Graph, readers: ReadonlyMap<string, readonly string[]>, from: string): Above {
  const above: Above = { activation: "linear" };
  const own = graph.nodes.get(from)?.operation;
  if (own?.kind === "layer" && own.activation !== "linear") return above;
  for (let name = from; ; ) {
    const [reader, second] = readers.get(name) ?? [];
    const node = reader === undefined || second !== undefined ? undefined : graph.nodes.get(reader);
    if (node === undefined || reader === undefined) return above;
    const { operation } = node;
    if (operation.kind === "activation") return { ...above, activation: operation.activation };
    if (operation.kind === "batch-normalisation") above.norm = operation;
    else if (operation.kind === "sum") {
      const added = node.inputs.map((input) => graph.nodes.get(input)?.operation);
      const tensor = added.find((one) => one?.kind === "tensor");
      if (tensor?.kind !== "tensor" || node.inputs.length !== 2 || above.bias !== undefined) return above;
      above.bias = tensor.tensor;
    } else if (operation.kind !== "same") return above;
    name = reader;
  }
}

/** BatchNorm of what enters a layer, where it is not between the layer below and its activation. */
function normBelow(graph: Graph, node: GraphNode): BatchNormalisation | undefined {
  let at = node.inputs[0];
  let norm: BatchNormalisation | undefined;
  for (let steps = 0; steps < graph.nodes.size; steps++) {
    const below = graph.nodes.get(at ?? "");
    if (below === undefined) return norm;
    if (below.operation.kind === "batch-normalisation") norm = below.operation;
    else if (below.operation.kind !== "same") {
      const isBare = below.operation.kind === "layer" && below.operation.activation === "linear";
      return isBare ? undefined : norm;
    }
    at = below.inputs[0];
  }
  return norm;
}
