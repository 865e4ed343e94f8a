import type { Tensor } from "../../../core/tensor.js";
import { activationNamed, type Graph, type GraphNode, type Operation } from "../../graph.js";
import type { OnnxGraph, OnnxNode } from "./graph.js";
import { withInteractions } from "./interaction.js";

const plain: Readonly<Record<string, Operation["kind"]>> = {
  Concat: "concatenation",
  Add: "sum",
  Sum: "sum",
  Mul: "product",
  ReduceSum: "total",
  Softmax: "softmax",
  LogSoftmax: "softmax",
  ...Object.fromEntries(
    ["Identity", "Cast", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze"].map((name) => [
      name,
      "same",
    ]),
  ),
};

/**
 * The operators of a graph by what they do to a row of numbers; a MatMul by a tensor is a layer without a bias. Only
 * data: shapes are not followed, so that an operator which moves numbers about (Transpose, Slice) is not known here.
 */
export function onnxGraph(file: OnnxGraph): Graph {
  const { nodes, tensors, outputs } = file;
  const found = new Map<string, GraphNode>();
  for (const name of tensors.keys())
    found.set(name, { inputs: [], operation: { kind: "tensor", tensor: name } });
  for (const node of nodes) {
    const [output] = node.outputs;
    if (output === undefined || found.has(output)) continue;
    const operation = operationOf(node, tensors);
    const hasMany = ["concatenation", "sum", "product", "other"].includes(operation.kind);
    // What stands beside the numbers is weights, a shape or a list of axes.
    const numbers = node.inputs.slice(...(operation.kind === "rows" ? [1, 2] : [0, 1]));
    found.set(output, { inputs: hasMany ? node.inputs : numbers, operation });
  }
  for (const { inputs } of [...found.values()])
    for (const name of inputs)
      if (!found.has(name)) found.set(name, { inputs: [], operation: { kind: "input" } });
  return withInteractions({ nodes: found, outputs }, file);
}

/** The table of an EmbeddingBag, which is exported as a Loop over bags: rows of one tensor, then their sum or mean. */
function bagIn(
  body: readonly OnnxNode[],
  tensors: ReadonlyMap<string, Tensor>,
): { tensor: string; combine: "sum" | "mean" } | undefined {
  const tables = body.flatMap(({ operator, inputs: [table = ""] }) =>
    operator === "Gather" && tensors.get(table)?.shape.length === 2 ? [table] : [],
  );
  const [tensor, second] = tables;
  const reduce = body.find(({ operator }) => /^Reduce(Mean|Sum)$/.test(operator))?.operator;
  if (tensor === undefined || second !== undefined || reduce === undefined) return undefined;
  return { tensor, combine: reduce === "ReduceMean" ? "mean" : "sum" };
}

/** Operators that change each number for itself; Erf is GELU's. */
const ACTIVATION =
  /^(LeakyRelu|Elu|PRelu|Selu|Celu|Gelu|Erf|HardSigmoid|HardSwish|Swish|Mish|Softsign|ThresholdedRelu|Clip)$/;

function operationOf(node: OnnxNode, tensors: ReadonlyMap<string, Tensor>): Operation {
  const { operator, inputs, attributes } = node;
  const number = (name: string, otherwise: number): number => attributes.get(name)?.numbers[0] ?? otherwise;
  const tensor = (at: number): Tensor | undefined => tensors.get(inputs[at] ?? "");
  const other: Operation = { kind: "other", name: node.name === "" ? operator : `${operator} ${node.name}` };
  const [first, second] = [tensor(0), tensor(1)];
  const known = plain[operator];
  if (known !== undefined) return { kind: known } as Operation;
  if (operator === "Gather" && first?.shape.length === 2 && second === undefined && number("axis", 0) === 0)
    return /float/.test(first.dtype) ? { kind: "rows", tensor: first.name } : other;
  const bag = operator === "Loop" ? bagIn(node.body, tensors) : undefined;
  if (bag !== undefined) return { kind: "rows", ...bag };
  if (operator === "MatMul" && first === undefined && second?.shape.length === 2)
    return { kind: "layer", kernel: second.name, layout: "rows", activation: "linear" };
  if (operator === "Gemm" && second?.shape.length === 2) {
    const isPlain = number("alpha", 1) === 1 && number("beta", 1) === 1 && number("transA", 0) === 0;
    const layout = number("transB", 0) === 1 ? "transposed" : "rows";
    if (!isPlain) return other;
    return { kind: "layer", kernel: second.name, layout, bias: tensor(2)?.name, activation: "linear" };
  }
  if (operator === "BatchNormalization") {
    const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((at) => tensor(at)?.name);
    if (mean === undefined || variance === undefined) return other;
    return { kind: "batch-normalisation", gamma, beta, mean, variance, epsilon: number("epsilon", 1e-5) };
  }
  const slope =
    operator === "LeakyRelu" ? number("alpha", 0.01) : operator === "Elu" ? number("alpha", 1) : undefined;
  const activation = activationNamed(operator, slope);
  if (activation !== undefined) return { kind: "activation", activation };
  return ACTIVATION.test(operator) ? { ...other, activation: operator } : other;
}
