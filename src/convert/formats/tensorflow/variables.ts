import type { Tensor } from "../../../core/tensor.js";
import type { OptimizerSlots } from "../../checkpoint.js";

/** What the variables of a TensorFlow checkpoint are, told by their names. */
export interface SortedVariables {
  weights: Map<string, Tensor>;
  slots: OptimizerSlots[];
  hyperparameters: Map<string, number>;
  notes: string[];
}

type Optimizer = OptimizerSlots["optimizer"];
interface Slot {
  weight: string;
  optimizer: Optimizer;
  slot: string;
}

const VALUE = "/.ATTRIBUTES/VARIABLE_VALUE";
const counters =
  /(^|\/)(global_step|iter|decay|learning_rate|learning_rate_power|beta|beta_?[12]|beta[12]_power|epsilon|momentum|rho|l[12]_regularization_strength|save_counter)$/;

/** Slot names of each naming scheme -> optimizer and our slot name. */
const keras: Readonly<Record<string, Readonly<Record<string, [Optimizer, string]>>>> = {
  Adagrad: { accumulator: ["adagrad", "accumulator"] },
  Ftrl: { accumulator: ["ftrl", "n"], linear: ["ftrl", "z"] },
  Adam: { m: ["adam", "m"], v: ["adam", "v"] },
  SGD: { momentum: ["sgd", "momentum"] },
};
const classic: Readonly<Record<string, [Optimizer, string]>> = {
  Adagrad: ["adagrad", "accumulator"],
  Ftrl: ["ftrl", "n"],
  Ftrl_1: ["ftrl", "z"],
  Adam: ["adam", "m"],
  Adam_1: ["adam", "v"],
  Momentum: ["sgd", "momentum"],
};

export function sortVariables(tensors: ReadonlyMap<string, Tensor>): SortedVariables {
  const sorted: SortedVariables = { weights: new Map(), slots: [], hyperparameters: new Map(), notes: [] };
  const slots = new Map<string, { optimizer: Optimizer; tensor: string; slots: Map<string, Tensor> }>();
  for (const [name, tensor] of tensors) {
    const slot = slotOf(name, tensors);
    const plain = name.replace(VALUE, "");
    if (slot !== undefined) {
      const key = `${slot.optimizer} ${slot.weight}`;
      const entry = slots.get(key) ?? { optimizer: slot.optimizer, tensor: slot.weight, slots: new Map() };
      entry.slots.set(slot.slot, tensor);
      slots.set(key, entry);
    } else if (tensor.shape.length === 0 && counters.test(plain)) {
      sorted.hyperparameters.set(plain, Number(tensor.values()[0]));
    } else if (/(^|\/)keras_api\/metrics\//.test(name) || plain.startsWith("optimizer/_variables/")) {
      sorted.notes.push(`${plain}: left alone`);
    } else {
      sorted.weights.set(name, tensor);
    }
  }
  sorted.slots.push(...slots.values());
  return sorted;
}

function slotOf(name: string, tensors: ReadonlyMap<string, Tensor>): Slot | undefined {
  const scoped = /^(?:.*\/)?(Adagrad|Ftrl|Adam|SGD)\/(.+)\/(\w+)$/.exec(name);
  if (scoped !== null) {
    const [, optimizer = "", weight = "", part = ""] = scoped;
    const known = keras[optimizer]?.[part];
    if (known !== undefined && tensors.has(weight)) return { weight, optimizer: known[0], slot: known[1] };
  }
  const tracked = /^(.+)\/\.OPTIMIZER_SLOT\/[^/]+\/(\w+)\/\.ATTRIBUTES\/VARIABLE_VALUE$/.exec(name);
  if (tracked !== null) {
    const [, weight = "", part = ""] = tracked;
    const known = Object.values(keras).find((slots) => part in slots)?.[part] ?? ["unknown", part];
    return { weight: `${weight}${VALUE}`, optimizer: known[0], slot: known[1] };
  }
  const cut = name.lastIndexOf("/");
  const known = classic[name.slice(cut + 1)];
  const weight = name.slice(0, cut);
  return known !== undefined && tensors.has(weight)
    ? { weight, optimizer: known[0], slot: known[1] }
    : undefined;
}
