import { activationNamed, type Operation } from "../graph.js";
import { type Json, member } from "./json.js";

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
 * What one layer of a Keras configuration does. `path`: the names of the models that it is in, and its own, which stand in
 * the names of its weights.
 */
export function kerasOperation(
  layer: Json,
  path: readonly string[],
  tensors: ReadonlyMap<string, unknown>,
): Operation {
  const name = path.at(-1) ?? "";
  const kind = textOf(member(layer, "class_name")) ?? "";
  const config = (key: string): Json | undefined => member(layer, "config", key);
  const variable = (part: string): string | undefined => variableOf(path, part, tensors);
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
    const activation = activationNamed(said === "softmax" ? "linear" : said);
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
  if (kind === "Activation" && activationSaid(config("activation")) === "softmax") return { kind: "softmax" };
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

/**
 * The weight of a layer by its name: under all of its path, else under its own name where only one is called so. A file
 * of Keras 2 has the name of the outermost layer once more before those that are called alike.
 */
function variableOf(
  path: readonly string[],
  part: string,
  tensors: ReadonlyMap<string, unknown>,
): string | undefined {
  const [own = ""] = path.slice(-1);
  const whole = path.length === 1 ? `${own}/${own}` : path.join("/");
  for (const ending of [`${whole}/${part}`, `${own}/${part}`]) {
    if (path.length === 1 && tensors.has(ending)) return ending;
    const alike = [...tensors.keys()].filter((name) => name === ending || name.endsWith(`/${ending}`));
    if (alike.length > 0) return alike.length === 1 ? alike[0] : undefined;
  }
  return undefined;
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
