import type { Activation } from "../../core/model-spec.js";
import type { BatchNormalisation, Graph, InteractionPart, Operation } from "../graph.js";

/** What a graph computes for one event, in the words of the families. */
export type Expression =
  /** Numbers as the log has them, by the input's name. */
  | { kind: "numbers"; input: string }
  /** The row of a tensor that an input names. */
  | { kind: "row"; tensor: string; input: string }
  | { kind: "tensor"; tensor: string }
  | { kind: "beside"; parts: readonly Expression[] }
  | { kind: "sum"; parts: readonly Expression[] }
  | { kind: "product"; left: Expression; right: Expression }
  | { kind: "inner-product"; left: Expression; right: Expression }
  /** `entering`: vectors and pairs of them, by their places. */
  | { kind: "interaction"; vectors: readonly Expression[]; entering: readonly InteractionPart[] }
  | LayerExpression
  | { kind: "normalised"; of: BatchNormalisation; below: Expression }
  | { kind: "activated"; activation: Activation; below: Expression };

export interface LayerExpression {
  kind: "layer";
  kernel: string;
  layout: "rows" | "transposed";
  bias?: string | undefined;
  /** Between the layer's sums and its activation. */
  normalised?: BatchNormalisation | undefined;
  activation: Activation;
  below: Expression;
}

const MAX_DEPTH = 500;

/** A graph that does something of which no family is made. */
export class Unexplained extends Error {}

/**
 * What `output` of a graph is, with layers, their biases, BatchNorm and activations put together. O(nodes). Throws
 * Unexplained at an operator that is not known, a cycle, or a depth of 500.
 */
export function expressionOf(graph: Graph, output: string): Expression {
  const done = new Map<string, Expression>();
  const read = (name: string, depth: number): Expression => {
    const known = done.get(name);
    if (known !== undefined) return known;
    const node = graph.nodes.get(name);
    if (node === undefined) throw new Unexplained(`nothing gives ${name}`);
    if (depth > MAX_DEPTH) throw new Unexplained(`more than ${MAX_DEPTH} operators one on the other`);
    const { operation } = node;
    // Known by its name alone: what it reads need not be.
    if (operation.kind === "other") throw new Unexplained(operation.name);
    const inputs = operation.kind === "rows" ? [] : node.inputs.map((input) => read(input, depth + 1));
    const expression =
      operation.kind === "rows"
        ? ({ kind: "row", tensor: operation.tensor, input: unchanged(graph, node.inputs[0] ?? "") } as const)
        : combined(name, operation, inputs);
    done.set(name, expression);
    return expression;
  };
  return read(output, 0);
}

function combined(name: string, operation: Operation, inputs: readonly Expression[]): Expression {
  const [first, second] = inputs;
  const pair = (): { left: Expression; right: Expression } => {
    if (first === undefined || second === undefined || inputs.length > 2)
      throw new Unexplained(`${name}: a product of ${inputs.length}`);
    return { left: first, right: second };
  };
  const below = (): Expression => {
    if (first === undefined) throw new Unexplained(`${name} reads nothing`);
    return first;
  };
  switch (operation.kind) {
    case "input":
      return { kind: "numbers", input: name };
    case "tensor":
      return { kind: "tensor", tensor: operation.tensor };
    case "layer":
      return { ...operation, below: below() };
    case "batch-normalisation":
      return normalised(operation, below());
    case "activation":
      return activated(operation.activation, below());
    case "concatenation":
      if (inputs.length === 0) throw new Unexplained(`${name} reads nothing`);
      return {
        kind: "beside",
        parts: inputs.flatMap((part) => (part.kind === "beside" ? part.parts : [part])),
      };
    case "sum":
      return summed(inputs);
    case "product":
      return { kind: "product", ...pair() };
    case "inner-product":
      return { kind: "inner-product", ...pair() };
    case "interaction":
      return { kind: "interaction", vectors: inputs, entering: operation.entering };
    case "total": {
      const whole = below();
      if (whole.kind !== "product") throw new Unexplained(`${name}: a sum of what is no product`);
      return { kind: "inner-product", left: whole.left, right: whole.right };
    }
    case "same":
      return below();
    case "softmax":
      throw new Unexplained(
        "a softmax: choose one of its classes, checkpoint: { output: 0 } in unbatch.yaml",
      );
    case "rows":
    case "other":
      throw new Unexplained(name);
  }
}

function normalised(of: BatchNormalisation, below: Expression): Expression {
  const isBare = below.kind === "layer" && below.activation === "linear" && below.normalised === undefined;
  return isBare ? { ...below, normalised: of } : { kind: "normalised", of, below };
}

function activated(activation: Activation, below: Expression): Expression {
  if (activation === "linear") return below;
  return below.kind === "layer" && below.activation === "linear"
    ? { ...below, activation }
    : { kind: "activated", activation, below };
}

/** A tensor added to a layer that has no bias yet is its bias. */
function summed(inputs: readonly Expression[]): Expression {
  const parts = inputs.flatMap((part) => (part.kind === "sum" ? part.parts : [part]));
  const [first, second] = parts;
  if (parts.length !== 2 || first === undefined || second === undefined) return { kind: "sum", parts };
  const [layer, tensor] = first.kind === "tensor" ? [second, first] : [first, second];
  const isBias =
    layer.kind === "layer" &&
    layer.bias === undefined &&
    layer.activation === "linear" &&
    layer.normalised === undefined &&
    tensor.kind === "tensor";
  return isBias ? { ...layer, bias: tensor.tensor } : { kind: "sum", parts };
}

/** What a node hands on: the first below it that is more than a change of shape. */
export function unchanged(graph: Graph, name: string): string {
  let at = name;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const node = graph.nodes.get(at);
    const [next] = node?.inputs ?? [];
    if (node === undefined || node.operation.kind !== "same" || next === undefined) return at;
    at = next;
  }
  return at;
}
