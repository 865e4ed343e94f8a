import type { Tensor } from "../../../core/tensor.js";
import type { OptimizerSlots } from "../../checkpoint.js";

/** Slots of a weight by the names of `unbatch export --slots`: each optimizer has all of its own. */
const OWN: readonly (readonly [OptimizerSlots["optimizer"], readonly string[]])[] = [
  ["adagrad", ["accumulator"]],
  ["ftrl", ["n", "z"]],
  ["adam", ["m", "v"]],
  ["sgd", ["momentum"]],
];
const STEPS = "steps";

/**
 * Sets the slots of an export of ours apart from its weights: `<table>/accumulator` of the shape of `<table>/weight`, and
 * `<table>/steps`, the count of updates. Row-wise ones have another shape; they stay where they are, and are dropped.
 */
export function setSlotsApart(all: ReadonlyMap<string, Tensor>): {
  tensors: ReadonlyMap<string, Tensor>;
  slots: OptimizerSlots[];
} {
  const tensors = new Map(all);
  const slots: OptimizerSlots[] = [];
  for (const [tensor, weight] of all) {
    const table = /^(.+)\/weight$/.exec(tensor)?.[1];
    if (table === undefined) continue;
    const isSlot = (slot: string): boolean =>
      all.get(`${table}/${slot}`)?.shape.join() === weight.shape.join();
    const [optimizer, names] = OWN.find(([, own]) => own.every(isSlot)) ?? [];
    if (optimizer === undefined || names === undefined) continue;
    const steps = all.get(`${table}/${STEPS}`)?.values()[0];
    const own = names.flatMap((slot): [string, Tensor][] => {
      const found = all.get(`${table}/${slot}`);
      return found === undefined ? [] : [[slot, found]];
    });
    slots.push({
      ...{ optimizer, tensor, slots: new Map(own) },
      ...(steps === undefined ? {} : { steps: Number(steps) }),
    });
    for (const part of [...names, STEPS]) tensors.delete(`${table}/${part}`);
  }
  return { tensors, slots };
}
