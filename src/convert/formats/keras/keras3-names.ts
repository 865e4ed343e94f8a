import type { Tensor } from "../../../core/tensor.js";
import { type Json, member } from "../json.js";

/** Variables of a layer in the order in which the class makes them. */
const variableNames: ReadonlyMap<string, readonly string[]> = new Map([
  ["embedding", ["embeddings"]],
  ["dense", ["kernel", "bias"]],
  ["batch_normalization", ["gamma", "beta", "moving_mean", "moving_variance"]],
  ["layer_normalization", ["gamma", "beta"]],
]);

/** Models inside models. */
const MAX_DEPTH = 16;

export interface NamedKeras3 {
  /** `<layer>/<variable>`, in the order of the configuration's layers where there is one. */
  tensors: Map<string, Tensor>;
  /** What an optimizer has slots for, in its order; undefined where no configuration tells the order. */
  trainable: readonly Tensor[] | undefined;
}

/**
 * Keras 3 keeps `layers/<class>_<n>/vars/<i>`: layers are numbered within their class (keras/src/saving/saving_lib.py,
 * _save_container_state), so that a layer's own name stands in config.json alone.
 */
export function nameKeras3(datasets: ReadonlyMap<string, Tensor>, config: Json | undefined): NamedKeras3 {
  const layers = layersOf(config);
  const order = new Map(Array.from(layers.keys(), (key, at) => [key, at]));
  const found = [...datasets]
    .filter(([path]) => !path.startsWith("optimizer/"))
    .map(([path, tensor]) => ({ path, tensor, ...partsOf(path) }));
  const place = (group: string): number => order.get(group.replace(/^layers\//, "")) ?? order.size;
  found.sort((a, b) => place(a.group) - place(b.group) || (a.group === b.group ? a.index - b.index : 0));
  const sizes = new Map<string, number>();
  for (const { group } of found) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const tensors = new Map<string, Tensor>();
  for (const { path, tensor, group, index } of found) {
    const inGroup = sizes.get(group) ?? 0;
    const layer = layers.get(group.replace(/^layers\//, "")) ?? group.replace(/^layers\//, "");
    const name = `${layer}/${variableName(group, index, inGroup)}`;
    const chosen = tensors.has(name) ? path : name;
    tensors.set(chosen, { ...tensor, name: chosen });
  }
  const isKnown = found.length > 0 && found.every(({ group }) => place(group) < order.size);
  const trainable = [...tensors.values()].filter(({ name }) => !/\/moving_(mean|variance)$/.test(name));
  return { tensors, trainable: isKnown ? trainable : undefined };
}

function partsOf(path: string): { group: string; index: number } {
  const [, group = path, index = "0"] = /^(.*?)\/?vars\/(\d+)$/.exec(path) ?? [];
  return { group, index: Number(index) };
}

function variableName(group: string, index: number, count: number): string {
  const kind = group.replace(/^.*\//, "").replace(/_\d+$/, "");
  const names = variableNames.get(kind);
  // Fewer variables than names: which of them were left out is not written down, save for a dense layer's bias.
  const isPlain = names !== undefined && (count === names.length || kind === "dense");
  return (isPlain ? names[index] : undefined) ?? `vars/${index}`;
}

/**
 * `<class>_<n>` -> the layer's name, in the order of the model's layers; of a model inside the model
 * `<class>_<n>/layers/<class>_<n>` -> `<model>/<layer>`.
 */
function layersOf(model: Json | undefined, depth = 0): Map<string, string> {
  const layers = member(model, "config", "layers");
  const named = new Map<string, string>();
  const seen = new Map<string, number>();
  for (const layer of Array.isArray(layers) ? layers : []) {
    const [kind, name] = [member(layer, "class_name"), member(layer, "config", "name")];
    if (typeof kind !== "string" || typeof name !== "string") continue;
    const base = snakeCase(kind);
    const count = seen.get(base) ?? 0;
    seen.set(base, count + 1);
    const group = count === 0 ? base : `${base}_${count}`;
    named.set(group, name);
    const inside = depth < MAX_DEPTH ? layersOf(layer, depth + 1) : [];
    for (const [inner, own] of inside) named.set(`${group}/layers/${inner}`, `${name}/${own}`);
  }
  return named;
}

/** keras/src/utils/naming.py, to_snake_case. */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
