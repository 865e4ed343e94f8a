import { activationNamed, type Graph, type GraphNode, type Operation } from "../graph.js";
import { type Json, member } from "./json.js";

const MAX_LAYERS = 20_000;

const plain: Readonly<Record<string, Operation["kind"]>> = {
  InputLayer: "input",
  Concatenate: "concatenation",
  Add: "sum",
  Multiply: "product",
  Softmax: "softmax",
  ...Object.fromEntries(
    ["Flatten", "Reshape", "Dropout", "RepeatVector", "Permute", "SpatialDropout1D"].map((name) => [
      name,
      "same",
    ]),
  ),
};

/**
 * The layers of a Keras or TensorFlow.js model from its configuration (`model_config`, `config.json`, `modelTopology`):
 * Sequential, or Functional of Keras 1 to 3. A layer is named `<layer>`, its weights `<layer>/<variable>`. Undefined
 * where there are no layers. A model inside the model is a layer that is not known.
 */
export function kerasGraph(
  config: Json | undefined,
  tensors: ReadonlyMap<string, unknown>,
): Graph | undefined {
  const listed = member(config, "config", "layers") ?? member(config, "config");
  const layers = Array.isArray(listed) ? listed.slice(0, MAX_LAYERS) : [];
  const nodes = new Map<string, GraphNode>();
  const isSequential = member(config, "class_name") === "Sequential";
  let previous = isSequential ? addInput(layers[0], nodes) : undefined;
  for (const layer of layers) {
    const name = textOf(member(layer, "config", "name")) ?? textOf(member(layer, "name")) ?? "";
    const operation = operationOf(layer, name, tensors);
    if (isSequential && previous === undefined && operation.kind !== "input") {
      // What Keras puts before a Sequential model's first layer, and calls so.
      previous = `${name}_input`;
      nodes.set(previous, { inputs: [], operation: { kind: "input" } });
    }
    const chained = previous === undefined ? [] : [previous];
    const inputs = isSequential ? chained : inboundOf(member(layer, "inbound_nodes"));
    addLayer(layer, name, { inputs, operation }, nodes);
    previous = name;
  }
  if (nodes.size === 0) return undefined;
  const outputs = historiesIn(member(config, "config", "output_layers"));
  return { nodes, outputs: outputs.length > 0 ? outputs : previous === undefined ? [] : [previous] };
}

/** The numbers that a Sequential's first layer reads, where that is not the input itself. */
function addInput(first: Json | undefined, nodes: Map<string, GraphNode>): string | undefined {
  if (first === undefined || member(first, "class_name") === "InputLayer") return undefined;
  nodes.set("input", { inputs: [], operation: { kind: "input" } });
  return "input";
}

/** One node; two for a softmax that is written as a layer's activation. */
function addLayer(layer: Json, name: string, node: GraphNode, nodes: Map<string, GraphNode>): void {
  const isSoftmax = node.operation.kind === "layer" && member(layer, "config", "activation") === "softmax";
  if (isSoftmax) nodes.set(`${name}/logits`, node);
  nodes.set(name, isSoftmax ? { inputs: [`${name}/logits`], operation: { kind: "softmax" } } : node);
}

function operationOf(layer: Json, name: string, tensors: ReadonlyMap<string, unknown>): Operation {
  const kind = textOf(member(layer, "class_name")) ?? "";
  const config = (key: string): Json | undefined => member(layer, "config", key);
  const variable = (part: string): string | undefined => {
    const full = `${name}/${part}`;
    return tensors.has(full) ? full : [...tensors.keys()].find((one) => one.endsWith(`/${full}`));
  };
  const known = plain[kind];
  const other: Operation = { kind: "other", name: `${kind} ${name}` };
  if (known !== undefined) return { kind: known } as Operation;
  if (kind === "Embedding") {
    const tensor = variable("embeddings");
    return tensor === undefined ? other : { kind: "rows", tensor };
  }
  if (kind === "Dense") {
    const kernel = variable("kernel");
    const named = textOf(config("activation")) ?? "linear";
    const activation = activationNamed(named === "softmax" ? "linear" : named);
    if (kernel === undefined || activation === undefined) return other;
    return { kind: "layer", kernel, layout: "rows", bias: variable("bias"), activation };
  }
  if (kind === "BatchNormalization") {
    const [mean, variance, epsilon] = [
      variable("moving_mean"),
      variable("moving_variance"),
      config("epsilon"),
    ];
    if (mean === undefined || variance === undefined) return other;
    const own = typeof epsilon === "number" ? epsilon : undefined;
    const parts = { mean, variance, gamma: variable("gamma"), beta: variable("beta"), epsilon: own };
    return { kind: "batch-normalisation", ...parts };
  }
  if (kind === "Activation" && config("activation") === "softmax") return { kind: "softmax" };
  if (kind === "Dot" && config("normalize") !== true) return { kind: "inner-product" };
  const slope = [config("alpha"), config("negative_slope")].find((value) => typeof value === "number");
  // Keras' LeakyReLU layer has a slope of 0.3 where none is written.
  const own = kind === "LeakyReLU" ? (slope ?? 0.3) : kind === "ELU" ? (slope ?? 1) : undefined;
  const activation = activationNamed(
    kind === "Activation" ? (textOf(config("activation")) ?? "") : kind === "ReLU" ? "relu" : kind,
    typeof own === "number" ? own : undefined,
  );
  const isRelu6 = kind === "ReLU" && typeof config("max_value") === "number";
  return activation === undefined || isRelu6 ? other : { kind: "activation", activation };
}

/** `[[[layer, 0, 0, {}], ...]]` of Keras 1 and 2 and TensorFlow.js; `[{ args: [...] }]` of Keras 3. A shared layer: its first use. */
function inboundOf(nodes: Json | undefined): string[] {
  const first = Array.isArray(nodes) ? nodes[0] : undefined;
  return historiesIn(first instanceof Map ? first.get("args") : first);
}

/** Names of layers in `[layer, node, tensor]`, alone or in lists, and in Keras 3's `keras_history`. */
function historiesIn(value: Json | undefined): string[] {
  if (value instanceof Map) return historiesIn(member(value, "config", "keras_history"));
  if (!Array.isArray(value)) return [];
  const [name, node] = value;
  if (typeof name === "string" && typeof node === "number") return [name];
  return value.flatMap(historiesIn);
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
