import type { Activation } from "../../../core/model-spec.js";
import type { Graph, GraphNode, Operation } from "../../graph.js";
import { type Json, member } from "../json.js";

const MAX_NODES = 100_000;

const activations: Readonly<Record<string, Activation>> = {
  Relu: "relu",
  Sigmoid: "sigmoid",
  Tanh: "tanh",
  Elu: "elu",
  Softplus: "softplus",
};

/** Operators that change no number, of their first input; the others say shapes and axes. */
const SAME = /^(Identity|Cast|ExpandDims|Reshape|Squeeze|StopGradient|PreventGradient)$/;

/**
 * The operators of a TensorFlow.js graph model (`modelTopology.node`: tfjs-converter's NodeDef), its outputs by the
 * signature, else those that nothing reads. Undefined where there are none.
 */
export function graphModel(
  topology: Json | undefined,
  signature: Json | undefined,
  tensors: ReadonlyMap<string, unknown>,
): Graph | undefined {
  const listed = member(topology, "node");
  if (!Array.isArray(listed) || listed.length > MAX_NODES) return undefined;
  const nodes = new Map<string, GraphNode>();
  const read = new Set<string>();
  for (const node of listed) {
    const name = textOf(member(node, "name"));
    const names = member(node, "input");
    const inputs = (Array.isArray(names) ? names : [])
      .map(textOf)
      .filter((input) => !input.startsWith("^"))
      .map(nodeName);
    nodes.set(name, nodeOf(node, name, inputs, tensors));
    for (const input of inputs) read.add(input);
  }
  if (nodes.size === 0) return undefined;
  const signed = outputsOf(signature).filter((name) => nodes.has(name));
  const last = [...nodes].flatMap(([name, { operation }]) =>
    read.has(name) || operation.kind === "tensor" || operation.kind === "input" ? [] : [name],
  );
  return { nodes, outputs: signed.length > 0 ? signed : last };
}

function nodeOf(
  node: Json,
  name: string,
  inputs: readonly string[],
  tensors: ReadonlyMap<string, unknown>,
): GraphNode {
  const op = textOf(member(node, "op"));
  const isTrue = (key: string): boolean => member(node, "attr", key, "b") === true;
  const weight = (at: number): string | undefined => {
    const input = inputs[at];
    return input !== undefined && tensors.has(input) ? input : undefined;
  };
  const other: GraphNode = { inputs, operation: { kind: "other", name: `${op} ${name}` } };
  const of = (operation: Operation, from = inputs): GraphNode => ({ inputs: from, operation });
  const activation = activations[op];
  if (op === "Placeholder") return of({ kind: "input" }, []);
  if (op === "Const") return of(tensors.has(name) ? { kind: "tensor", tensor: name } : other.operation, []);
  if (SAME.test(op)) return of({ kind: "same" }, inputs.slice(0, 1));
  if (op === "GatherV2" || op === "Gather") {
    const tensor = weight(0);
    return tensor === undefined ? other : of({ kind: "rows", tensor }, inputs.slice(1, 2));
  }
  if (op === "MatMul" || op === "_FusedMatMul") {
    const kernel = weight(1);
    const fused = op === "MatMul" ? [] : fusedOf(node);
    if (kernel === undefined || fused === undefined || isTrue("transpose_a") || isTrue("transpose_b"))
      return other;
    const [first, second] = fused;
    const bias = first === "BiasAdd" ? weight(2) : undefined;
    const after = first === "BiasAdd" ? second : first;
    const own = after === undefined ? "linear" : activations[after];
    if (own === undefined || (first === "BiasAdd" && bias === undefined)) return other;
    return of({ kind: "layer", kernel, layout: "rows", bias, activation: own }, inputs.slice(0, 1));
  }
  if (activation !== undefined) return of({ kind: "activation", activation });
  if (op === "ConcatV2") return of({ kind: "concatenation" }, inputs.slice(0, -1));
  if (/^(BiasAdd|AddN|Add|AddV2)$/.test(op)) return of({ kind: "sum" });
  if (op === "Mul") return of({ kind: "product" });
  if (op === "Sum") return of({ kind: "total" }, inputs.slice(0, 1));
  return other;
}

/** Names of the operators that one does in one go, in base64 as protocol buffers have bytes in JSON. */
function fusedOf(node: Json): string[] | undefined {
  const names = member(node, "attr", "fused_ops", "list", "s");
  if (!Array.isArray(names) || names.length === 0 || names.length > 2) return undefined;
  return names.map((name) => Buffer.from(textOf(name), "base64").toString());
}

function outputsOf(signature: Json | undefined): string[] {
  const outputs = member(signature, "outputs");
  return outputs instanceof Map
    ? [...outputs.values()].map((info) => nodeName(textOf(member(info, "name"))))
    : [];
}

/** `node:0` is the first output of a node. */
function nodeName(reference: string): string {
  return reference.replace(/:\d+$/, "");
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
