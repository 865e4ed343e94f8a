import { UnbatchError } from "../../core/errors.js";
import type { Activation } from "../../core/model-spec.js";
import type { Tensor } from "../../core/tensor.js";
import { VERSION } from "../../core/version.js";
import { float32Of } from "./float32.js";
import { type ServingGraph, type ServingNode, tensorsOf } from "./serving-graph.js";
import { joined, type Message, message, text, varint } from "./wire-writer.js";

/** ONNX's own numbers (onnx/onnx.proto): IR version 8 with operator set 13, which every runtime since 2021 reads. */
const IR_VERSION = 8;
const OPERATOR_SET = 13;
const FLOAT = 1;
const INT64 = 7;
const INTS = 7;
/** A protocol buffers message cannot be longer. */
const MAX_BYTES = 2 ** 31 - 1;
/** The axis that `total` sums over; operator set 13 takes it as a tensor. */
const AXIS = "axis_1";

/** With the default alpha of LeakyRelu (0.01) and Elu (1), which are ours. */
const activations: Readonly<Record<Exclude<Activation, "linear">, string>> = {
  relu: "Relu",
  leaky_relu: "LeakyRelu",
  elu: "Elu",
  sigmoid: "Sigmoid",
  tanh: "Tanh",
  softplus: "Softplus",
};

/**
 * A ModelProto in float32. Inputs: int64 rows [batch], floats [batch, 1]; outputs: `score` [batch, 1], and `prediction`
 * where the link is logistic. Errors: more than 2 GiB, a weight past float32.
 */
export function onnxModel(graph: ServingGraph, tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const used = new Set(graph.nodes.flatMap(tensorsOf));
  const weights = [...used].map((name) => tensorProto(name, tensors));
  const outputs = ["score", ...(graph.link === "logistic" ? ["prediction"] : [])];
  const body = [
    ...graph.nodes.flatMap((node) => nodeOf(node)),
    ...operator("Identity", [graph.score], "score"),
    ...(graph.link === "logistic" ? operator("Sigmoid", [graph.score], "prediction") : []),
    ...text(2, "unbatch"),
    ...weights.flatMap((proto) => message(5, proto)),
    ...(graph.nodes.some(({ kind }) => kind === "total") ? message(5, axisProto()) : []),
    ...graph.inputs.flatMap(({ name, kind }) =>
      message(11, kind === "rows" ? valueInfo(name, INT64, ["batch"]) : valueInfo(name, FLOAT, ["batch", 1])),
    ),
    ...outputs.flatMap((name) => message(12, valueInfo(name, FLOAT, ["batch", 1]))),
  ];
  const model = [
    ...varint(1, IR_VERSION),
    ...text(2, "unbatch"),
    ...text(3, VERSION),
    ...message(7, body),
    ...message(8, [...text(1, ""), ...varint(2, OPERATOR_SET)]),
  ];
  const bytes = model.reduce((sum, part) => sum + part.length, 0);
  if (bytes <= MAX_BYTES) return joined(model);
  throw new UnbatchError({
    found: `a model of ${bytes} bytes`,
    expected: `at most ${MAX_BYTES}, as ONNX is one protocol buffers message`,
    next: "unbatch export MODEL --to safetensors",
  });
}

function nodeOf(node: ServingNode): Message {
  const { name } = node;
  switch (node.kind) {
    case "rows":
      return operator("Gather", [node.table, node.input], name);
    case "numbers":
      return operator("Identity", [node.input], name);
    case "constant":
      return operator("Identity", [node.tensor], name);
    case "layer":
      return operator("Gemm", [node.of, ...tensorsOf(node)], name);
    case "activation":
      return operator(
        node.activation === "linear" ? "Identity" : activations[node.activation],
        [node.of],
        name,
      );
    case "product":
      return operator("Mul", node.of, name);
    case "sum":
      return operator("Sum", node.of, name);
    case "total":
      return operator("ReduceSum", [node.of, AXIS], name);
    case "concatenation":
      return operator("Concat", node.of, name, [["axis", 1]]);
  }
}

/** A NodeProto in its GraphProto, with attributes of whole numbers. */
function operator(
  kind: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly (readonly [string, number])[] = [],
): Message {
  return message(1, [
    ...inputs.flatMap((input) => text(1, input)),
    ...text(2, output),
    ...text(3, output),
    ...text(4, kind),
    ...attributes.flatMap(([name, value]) =>
      message(5, [...text(1, name), ...varint(3, value), ...varint(20, 2)]),
    ),
  ]);
}

function tensorProto(name: string, tensors: ReadonlyMap<string, Tensor>): Message {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new TypeError(`no tensor ${name}`);
  const values = float32Of(tensor);
  return [
    ...tensor.shape.flatMap((size) => varint(1, size)),
    ...varint(2, FLOAT),
    ...text(8, name),
    ...message(9, [new Uint8Array(values.buffer, values.byteOffset, values.byteLength)]),
  ];
}

function axisProto(): Message {
  return [...varint(1, 1), ...varint(2, INT64), ...text(8, AXIS), ...message(INTS, [Uint8Array.of(1)])];
}

/** A ValueInfoProto: a tensor of this type whose sizes are numbers, or names of what is not known before. */
function valueInfo(name: string, type: number, shape: readonly (string | number)[]): Message {
  const sizes = shape.flatMap((size) =>
    message(1, typeof size === "string" ? text(2, size) : varint(1, size)),
  );
  return [...text(1, name), ...message(2, message(1, [...varint(1, type), ...message(2, sizes)]))];
}
