import type { Activation } from "../../../../core/model-spec.js";
import type { Graph, GraphNode, Operation } from "../../../graph.js";
import { type Stuck, stuckAt } from "./column.js";
import { encodingOf } from "./encoding.js";
import { isVariable, originOf } from "./origin.js";
import type { Place } from "./places.js";
import type { Tracing } from "./tracing.js";

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  Relu: "relu",
  Sigmoid: "sigmoid",
  Tanh: "tanh",
  Elu: "elu",
  Softplus: "softplus",
};
/** Those that no layer here has. */
const OTHER_ACTIVATION = /^(Relu6|Selu|LeakyRelu|Softsign|Erf)$/;
const MAX_DEPTH = 400;

/**
 * What a score is made of, from `output` down to the raw columns: rows, layers, sums, activations. In words the first
 * operation on the way that is not known: a graph with a hole would tell half of the truth.
 */
export function scoreGraph(tracing: Tracing, output: Place): Graph | string {
  const nodes = new Map<string, GraphNode>();
  const top = addNode(tracing, output, nodes, 0);
  return "stuck" in top ? top.stuck : { nodes, outputs: [top.name] };
}

/** The name of the node that stands for a place. */
type Added = { name: string } | Stuck;

function addNode(
  tracing: Tracing,
  from: Place | undefined,
  nodes: Map<string, GraphNode>,
  depth: number,
): Added {
  const place = originOf(tracing.places, from)?.place;
  if (place === undefined) return stuckAt(from);
  if (depth > MAX_DEPTH) return { stuck: `more than ${MAX_DEPTH} operations one on the other` };
  // As TensorFlow calls tensors, so that a column may have the name of an operation.
  const name = `${place.scope.path}/${place.node.name}:${place.index}`.slice(1);
  if (nodes.has(name)) return { name };
  const known = operationOf(tracing, place);
  if (known === undefined) {
    const column = addColumn(tracing, from, nodes);
    return "stuck" in column ? stuckAt(place) : column;
  }
  const inputs: string[] = [];
  for (const index of known.inputs) {
    const input = tracing.places.input(place, index);
    const isIndex = known.operation.kind === "rows";
    const below = isIndex ? addColumn(tracing, input, nodes) : addNode(tracing, input, nodes, depth + 1);
    if ("stuck" in below) return below;
    inputs.push(below.name);
  }
  nodes.set(name, { inputs, operation: known.operation });
  return { name };
}

/** A raw column under its own name, whatever its encoder. */
function addColumn(tracing: Tracing, from: Place | undefined, nodes: Map<string, GraphNode>): Added {
  const encoding = encodingOf(tracing, from);
  if ("stuck" in encoding) return encoding;
  nodes.set(encoding.column, { inputs: [], operation: { kind: "input" } });
  return { name: encoding.column };
}

/** An operation and which of its inputs it is of. */
function operationOf(
  { places, nameOf }: Tracing,
  place: Place,
): { operation: Operation; inputs: readonly number[] } | undefined {
  const { node } = place;
  const { op, inputs } = node;
  const all = inputs.map((_, index) => index);
  const variable = (index: number): string | undefined => {
    const origin = originOf(places, places.input(place, index))?.place;
    return isVariable(origin) ? nameOf(origin) : undefined;
  };
  if (isVariable(place)) return { operation: { kind: "tensor", tensor: nameOf(place) }, inputs: [] };
  if (/^(ResourceGather|GatherV2|Gather)$/.test(op)) {
    const tensor = variable(0);
    return tensor === undefined ? undefined : { operation: { kind: "rows", tensor }, inputs: [1] };
  }
  if (op === "MatMul") {
    const kernel = variable(1);
    const isPlain = node.attribute("transpose_b").truth !== true;
    return kernel === undefined || !isPlain
      ? undefined
      : { operation: { kind: "layer", kernel, layout: "rows", activation: "linear" }, inputs: [0] };
  }
  const activation = ACTIVATIONS[op];
  if (activation !== undefined) return { operation: { kind: "activation", activation }, inputs: [0] };
  if (OTHER_ACTIVATION.test(op))
    return { operation: { kind: "other", name: `${op} ${node.name}`, activation: op }, inputs: [] };
  if (op === "ConcatV2") return { operation: { kind: "concatenation" }, inputs: all.slice(0, -1) };
  if (/^(BiasAdd|AddN|Add|AddV2)$/.test(op)) return { operation: { kind: "sum" }, inputs: all };
  if (op === "Mul") return { operation: { kind: "product" }, inputs: all };
  if (op === "Softmax") return { operation: { kind: "softmax" }, inputs: [0] };
  if (op === "Sum") return { operation: { kind: "total" }, inputs: [0] };
  return undefined;
}
