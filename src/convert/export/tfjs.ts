import type { Activation } from "../../core/model-spec.js";
import type { Tensor } from "../../core/tensor.js";
import { VERSION } from "../../core/version.js";
import { float32Of } from "./float32.js";
import { graphName, type ServingGraph, type ServingNode, tensorsOf } from "./serving-graph.js";

/** tfjs-converter's IOperation attributes (data/compiled_api.ts). */
type Attribute =
  | { type: string }
  | { i: string }
  | { f: number }
  | { b: boolean }
  | { shape: object }
  | object;

interface NodeDef {
  name: string;
  op: string;
  input?: string[];
  attr: Record<string, Attribute>;
}

const SHARD = "group1-shard1of1.bin";
/** An axis, as a tensor of no axes. */
const AXES = { axis_0: 0, axis_1: 1 } as const;
const FLOAT = { T: { type: "DT_FLOAT" } };

const activations: Readonly<Record<Activation, { op: string; attr?: Record<string, Attribute> }>> = {
  linear: { op: "Identity" },
  relu: { op: "Relu" },
  leaky_relu: { op: "LeakyRelu", attr: { alpha: { f: 0.01 } } },
  elu: { op: "Elu" },
  sigmoid: { op: "Sigmoid" },
  tanh: { op: "Tanh" },
  softplus: { op: "Softplus" },
};

/**
 * A graph model of TensorFlow.js, for loadGraphModel: model.json and one file of weights, float32. Inputs: int32 rows
 * [batch], floats [batch, 1]; outputs `score` [batch, 1], and `prediction` where the link is logistic.
 * Error: a weight past float32.
 */
export function tfjsModel(
  graph: ServingGraph,
  tensors: ReadonlyMap<string, Tensor>,
): Map<string, Uint8Array> {
  const weights = [...new Set(graph.nodes.flatMap(tensorsOf))].map((name) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new TypeError(`no tensor ${name}`);
    return { name: graphName(name), shape: tensor.shape, values: float32Of(tensor) };
  });
  const axes = Object.entries(AXES).map(([name, axis]) => ({ name, shape: [], values: Int32Array.of(axis) }));
  const constants = [...weights, ...axes].map((weight) => ({
    ...weight,
    dtype: weight.values instanceof Int32Array ? "int32" : "float32",
  }));
  const nodes: NodeDef[] = [
    ...graph.inputs.map(placeholder),
    ...constants.map(({ name, dtype }): NodeDef => ({ name, op: "Const", attr: { dtype: typeOf(dtype) } })),
    ...graph.nodes.flatMap(nodeDefs),
    { name: "score", op: "Identity", input: [graph.score], attr: FLOAT },
    ...(graph.link === "logistic"
      ? [{ name: "prediction", op: "Sigmoid", input: [graph.score], attr: FLOAT }]
      : []),
  ];
  const document = {
    format: "graph-model",
    generatedBy: `unbatch ${VERSION}`,
    convertedBy: null,
    signature: {
      inputs: Object.fromEntries(graph.inputs.map((input) => [input.name, infoOf(input)])),
      outputs: Object.fromEntries(
        nodes
          .slice(graph.link === "logistic" ? -2 : -1)
          .map(({ name }) => [name, tensorInfo(name, "DT_FLOAT", [-1, 1])]),
      ),
    },
    modelTopology: { node: nodes, library: {}, versions: { producer: 1087 } },
    weightsManifest: [
      { paths: [SHARD], weights: constants.map(({ name, shape, dtype }) => ({ name, shape, dtype })) },
    ],
  };
  const files = new Map([
    ["model.json", new TextEncoder().encode(`${JSON.stringify(document)}\n`)],
    [SHARD, concatenated(constants.map(({ values }) => values))],
  ]);
  return files;
}

function nodeDefs(node: ServingNode): NodeDef[] {
  const { name } = node;
  const of = (op: string, input: string[], attr: Record<string, Attribute> = FLOAT): NodeDef => ({
    ...{ name, op, input, attr },
  });
  switch (node.kind) {
    case "rows":
      return [of("GatherV2", [graphName(node.table), node.input, "axis_0"], { batch_dims: { i: "0" } })];
    case "numbers":
      return [of("Identity", [node.input])];
    case "constant":
      return [of("Identity", [graphName(node.tensor)])];
    case "layer": {
      const attr = { ...FLOAT, transpose_a: { b: false }, transpose_b: { b: false } };
      const product = of("MatMul", [node.of, graphName(node.kernel)], attr);
      if (node.bias === undefined) return [product];
      const inner = `${name}_product`;
      return [{ ...product, name: inner }, of("AddV2", [inner, graphName(node.bias)])];
    }
    case "activation": {
      const { op, attr } = activations[node.activation];
      return [of(op, [node.of], { ...FLOAT, ...attr })];
    }
    case "product":
      return [of("Mul", [...node.of])];
    case "sum":
      return sums(name, node.of);
    case "total":
      return [of("Sum", [node.of, "axis_1"], { ...FLOAT, keep_dims: { b: true } })];
    case "concatenation":
      return [of("ConcatV2", [...node.of, "axis_1"], { ...FLOAT, N: { i: String(node.of.length) } })];
  }
}

/** AddN asks for equal shapes, so two by two. */
function sums(name: string, [first = "", ...others]: readonly string[]): NodeDef[] {
  let before = first;
  return others.map((other, at) => {
    const own = at === others.length - 1 ? name : `${name}_${at}`;
    const node = { name: own, op: "AddV2", input: [before, other], attr: FLOAT };
    before = own;
    return node;
  });
}

function placeholder(input: ServingGraph["inputs"][number]): NodeDef {
  const { dtype, tensorShape } = infoOf(input);
  const attr = { dtype: { type: dtype }, shape: { shape: tensorShape } };
  return { name: input.name, op: "Placeholder", attr };
}

function infoOf({ name, kind }: ServingGraph["inputs"][number]): ReturnType<typeof tensorInfo> {
  return kind === "rows" ? tensorInfo(name, "DT_INT32", [-1]) : tensorInfo(name, "DT_FLOAT", [-1, 1]);
}

function tensorInfo(
  name: string,
  dtype: string,
  sizes: readonly number[],
): { name: string; dtype: string; tensorShape: { dim: { size: string }[] } } {
  return { name: `${name}:0`, dtype, tensorShape: { dim: sizes.map((size) => ({ size: String(size) })) } };
}

function typeOf(dtype: string): Attribute {
  return { type: dtype === "int32" ? "DT_INT32" : "DT_FLOAT" };
}

function concatenated(parts: readonly (Float32Array | Int32Array)[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}
