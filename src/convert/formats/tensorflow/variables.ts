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
  /(^|\/)(global_step|iter|_iterations|decay|_?learning_rate|learning_rate_power|beta|beta_?[12]|beta[12]_power|epsilon|momentum|rho|l[12]_regularization_strength|save_counter)$/;

/** Slot names of each naming scheme -> optimizer and our slot name. */
const keras: ReadonlyMap<string, readonly [Optimizer, string]> = new Map([
  ["Adagrad/accumulator", ["adagrad", "accumulator"]],
  ["Ftrl/accumulator", ["ftrl", "n"]],
  ["Ftrl/linear", ["ftrl", "z"]],
  ["Adam/m", ["adam", "m"]],
  ["Adam/v", ["adam", "v"]],
  ["SGD/momentum", ["sgd", "momentum"]],
  ["SGD/m", ["sgd", "momentum"]],
]);
const classic: ReadonlyMap<string, readonly [Optimizer, string]> = new Map([
  ["Adagrad", ["adagrad", "accumulator"]],
  ["Ftrl", ["ftrl", "n"]],
  ["Ftrl_1", ["ftrl", "z"]],
  ["Adam", ["adam", "m"]],
  ["Adam_1", ["adam", "v"]],
  ["Momentum", ["sgd", "momentum"]],
]);
const ftrlSlots: ReadonlyMap<string, readonly [Optimizer, string]> = new Map([
  ["accumulator", ["ftrl", "n"]],
  ["linear", ["ftrl", "z"]],
]);
const trackedSlots: ReadonlyMap<string, readonly [Optimizer, string]> = new Map([
  ["accumulator", ["adagrad", "accumulator"]],
  ["m", ["adam", "m"]],
  ["v", ["adam", "v"]],
  ["momentum", ["sgd", "momentum"]],
]);

/** `fullNames`: what each variable was called when it was made, where the checkpoint's object graph says. */
export function sortVariables(
  tensors: ReadonlyMap<string, Tensor>,
  fullNames: ReadonlyMap<string, string>,
): SortedVariables {
  const keyOf = new Map(Array.from(fullNames, ([key, name]) => [name, key]));
  const sorted: SortedVariables = { weights: new Map(), slots: [], hyperparameters: new Map(), notes: [] };
  const slots = new Map<string, { optimizer: Optimizer; tensor: string; slots: Map<string, Tensor> }>();
  for (const [name, tensor] of tensors) {
    const slot = slotOf(name, tensors) ?? numberedSlot(name, fullNames, keyOf);
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

/**
 * Of optimizers since TensorFlow 2.11, `optimizer/_variables/7`: its full name, `Adam/m/dense/kernel`, says of what it is
 * a slot.
 */
function numberedSlot(
  name: string,
  fullNames: ReadonlyMap<string, string>,
  keyOf: ReadonlyMap<string, string>,
): Slot | undefined {
  if (!/(^|\/)_variables\/\d+\//.test(name)) return undefined;
  const [, optimizer = "", part = "", weight = ""] =
    /^(\w+)\/(\w+)\/(.+)$/.exec(fullNames.get(name) ?? "") ?? [];
  const known = keras.get(`${optimizer}/${part}`);
  const key = keyOf.get(weight);
  return known === undefined || key === undefined
    ? undefined
    : { weight: key, optimizer: known[0], slot: known[1] };
}

function slotOf(name: string, tensors: ReadonlyMap<string, Tensor>): Slot | undefined {
  const scoped = /^(?:.*\/)?(Adagrad|Ftrl|Adam|SGD)\/(.+)\/(\w+)$/.exec(name);
  if (scoped !== null) {
    const [, optimizer = "", weight = "", part = ""] = scoped;
    const known = keras.get(`${optimizer}/${part}`);
    if (known !== undefined && tensors.has(weight)) return { weight, optimizer: known[0], slot: known[1] };
  }
  const tracked = /^(.+)(\/\.OPTIMIZER_SLOT\/[^/]+\/)(\w+)\/\.ATTRIBUTES\/VARIABLE_VALUE$/.exec(name);
  if (tracked !== null) {
    const [, weight = "", where = "", part = ""] = tracked;
    // The path does not name the optimizer: an accumulator is FTRL's where a linear stands beside it, else Adagrad's.
    const isFtrl = tensors.has(`${weight}${where}linear${VALUE}`);
    const [optimizer, slot] = (isFtrl ? ftrlSlots : trackedSlots).get(part) ?? ["unknown", part];
    return { weight: `${weight}${VALUE}`, optimizer, slot };
  }
  const cut = name.lastIndexOf("/");
  const known = classic.get(name.slice(cut + 1));
  const weight = name.slice(0, cut);
  return known !== undefined && tensors.has(weight)
    ? { weight, optimizer: known[0], slot: known[1] }
    : undefined;
}
