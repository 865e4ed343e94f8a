import { activationNamed, type Graph, type GraphNode, type Operation } from "../graph.js";
import { type Json, member } from "./json.js";

const MAX_LAYERS = 20_000;

const plain: Readonly<Record<string, Operation["kind"]>> = {
  InputLayer: "input",
  Concatenate: "concatenation",
  Add: "sum",
  Multiply: "product",
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
  let previous: string | undefined;
  for (const layer of layers) {
    const name = textOf(member(layer, "config", "name")) ?? textOf(member(layer, "name")) ?? "";
    const operation = operationOf(layer, name, tensors);
    const chained = previous === undefined ? [] : [previous];
    const inputs = isSequential ? chained : inboundOf(member(layer, "inbound_nodes"));
    nodes.set(name, { inputs, operation });
    previous = name;
  }
  if (nodes.size === 0) return undefined;
  const outputs = historiesIn(member(config, "config", "output_layers"));
  return { nodes, outputs: outputs.length > 0 ? outputs : previous === undefined ? [] : [previous] };
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
    const said = activationSaid(config("activation"));
    const activation = activationNamed(said);
    if (activation === undefined) return { ...other, activation: said };
    if (kernel === undefined) return other;
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
  if (kind === "Dot" && config("normalize") !== true) return { kind: "inner-product" };
  const slope = [config("alpha"), config("negative_slope")].find((value) => typeof value === "number");
  // Keras' LeakyReLU layer has a slope of 0.3 where none is written.
  const own = kind === "LeakyReLU" ? (slope ?? 0.3) : kind === "ELU" ? (slope ?? 1) : undefined;
  const said = kind === "Activation" ? activationSaid(config("activation")) : kind;
  const activation = activationNamed(said, typeof own === "number" ? own : undefined);
  const isRelu6 = kind === "ReLU" && typeof config("max_value") === "number";
  if (activation !== undefined && !isRelu6) return { kind: "activation", activation };
  return ACTIVATION_LAYER.test(kind) ? { ...other, activation: said } : other;
}

/** Layers of Keras that are one activation. */
const ACTIVATION_LAYER = /^(Activation|ReLU|LeakyReLU|ELU|PReLU|ThresholdedReLU|Softmax)$/;

/** By its name, or by that of the class or function that Keras wrote as an object. */
function activationSaid(value: Json | undefined): string {
  return textOf(value) ?? textOf(member(value, "config")) ?? textOf(member(value, "class_name")) ?? "linear";
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
