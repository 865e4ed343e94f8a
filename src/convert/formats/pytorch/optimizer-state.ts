import { UnbatchError } from "../../../core/errors.js";
import type { Tensor } from "../../../core/tensor.js";
import type { OptimizerSlots } from "../../checkpoint.js";
import { asMap, nameOf } from "./contents.js";
import { type PickleValue, StoredTensor, Tuple } from "./pickle-value.js";

/** Names of torch.optim's state -> optimizer and our slot name. */
const slotNames: ReadonlyMap<string, readonly [OptimizerSlots["optimizer"], string]> = new Map([
  ["sum", ["adagrad", "accumulator"]],
  ["exp_avg", ["adam", "m"]],
  ["exp_avg_sq", ["adam", "v"]],
  ["momentum_buffer", ["sgd", "momentum"]],
]);
/** In the state_dict, but not among the parameters that an optimizer numbers. */
const buffers = /(^|\.)(running_mean|running_var|num_batches_tracked)$/;

export interface OptimizerState {
  slots: OptimizerSlots[];
  hyperparameters: Map<string, number>;
  notes: string[];
}

/**
 * torch.optim state: numbered by parameter position, which is state_dict order without buffers.
 * Error: a slot whose size is not its weight's.
 */
export function readOptimizerState(
  optimizer: Map<PickleValue, PickleValue>,
  weights: ReadonlyMap<string, Tensor>,
  tensorOf: (name: string, stored: StoredTensor) => Tensor,
  file: string,
): OptimizerState {
  const groups = itemsOf(optimizer.get("param_groups")).map(asMap);
  const result: OptimizerState = { slots: [], hyperparameters: hyperparametersOf(groups), notes: [] };
  const ids = groups.flatMap((group) => itemsOf(group?.get("params")));
  // What holds whole numbers has no gradient: an index, a mask, a counter.
  const names = [...weights.values()]
    .filter(({ name, dtype }) => !buffers.test(name) && !/^(u?int|bool)/.test(dtype))
    .map(({ name }) => name);
  if (ids.length !== names.length) {
    result.notes.push(
      `the optimizer numbers ${ids.length} parameters and there are ${names.length}: its slots are left alone`,
    );
    return result;
  }
  ids.forEach((id, position) => {
    const tensor = names[position] ?? "";
    const state = asMap(asMap(optimizer.get("state"))?.get(id));
    if (state !== undefined) result.slots.push(...slotsOf(tensor, state, weights, tensorOf, file));
  });
  return result;
}

function slotsOf(
  tensor: string,
  state: Map<PickleValue, PickleValue>,
  weights: ReadonlyMap<string, Tensor>,
  tensorOf: (name: string, stored: StoredTensor) => Tensor,
  file: string,
): OptimizerSlots[] {
  const slots = new Map<string, Tensor>();
  let kind: OptimizerSlots["optimizer"] = "unknown";
  const shape = weights.get(tensor)?.shape ?? [];
  for (const [key, value] of state) {
    const name = nameOf(key);
    if (!(value instanceof StoredTensor) || name === undefined || name === "step") continue;
    // A counter or a rate of the tensor as a whole.
    if (value.shape.length === 0 && shape.length > 0) continue;
    const [optimizer, slot] = slotNames.get(name) ?? ["unknown", name];
    if (value.shape.join() !== shape.join()) {
      throw new UnbatchError({
        where: `${file}, optimizer state "${name}" of ${tensor}`,
        found: `shape [${value.shape.join(", ")}]`,
        expected: `[${shape.join(", ")}], as the weight's`,
        next: "save model and optimizer together, or convert with --slots fresh a file without the optimizer",
      });
    }
    if (optimizer !== "unknown") kind = optimizer;
    slots.set(slot, tensorOf(`${tensor}/${slot}`, value));
  }
  const steps = stepsOf(tensor, state, tensorOf);
  return slots.size === 0
    ? []
    : [{ optimizer: kind, tensor, slots, ...(steps === undefined ? {} : { steps }) }];
}

/** `step`: a number, or since PyTorch 1.12 a tensor of one. */
function stepsOf(
  tensor: string,
  state: Map<PickleValue, PickleValue>,
  tensorOf: (name: string, stored: StoredTensor) => Tensor,
): number | undefined {
  const [, step] = [...state].find(([key]) => nameOf(key) === "step") ?? [];
  if (typeof step === "number") return step;
  if (!(step instanceof StoredTensor) || step.shape.some((size) => size !== 1)) return undefined;
  return Number(tensorOf(`${tensor}/step`, step).values()[0]);
}

/** Numbers of the first group by name, and 1 for what is true; of the others by `group<i>.name`. */
function hyperparametersOf(
  groups: readonly (Map<PickleValue, PickleValue> | undefined)[],
): Map<string, number> {
  const found = new Map<string, number>();
  groups.forEach((group, index) => {
    const prefix = index === 0 ? "" : `group${index}.`;
    for (const [key, value] of group ?? []) {
      const name = nameOf(key);
      if (typeof value === "number" && name !== undefined) found.set(`${prefix}${name}`, value);
      if (value === true && name !== undefined) found.set(`${prefix}${name}`, 1);
      if (key === "betas") {
        itemsOf(value).forEach((beta, at) => {
          if (typeof beta === "number") found.set(`${prefix}beta${at + 1}`, beta);
        });
      }
    }
  });
  return found;
}

function itemsOf(value: PickleValue | undefined): readonly PickleValue[] {
  if (value instanceof Tuple) return value.items;
  return Array.isArray(value) ? value : [];
}
