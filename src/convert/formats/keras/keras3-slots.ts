import type { Tensor } from "../../../core/tensor.js";
import type { OptimizerSlots } from "../../checkpoint.js";
import { type Json, member } from "../json.js";

/** Optimizer class -> what it keeps for each variable, in turn. */
const kinds: ReadonlyMap<string, { optimizer: OptimizerSlots["optimizer"]; slots: readonly string[] }> =
  new Map([
    ["Adam", { optimizer: "adam", slots: ["m", "v"] }],
    ["AdamW", { optimizer: "adam", slots: ["m", "v"] }],
    ["Adagrad", { optimizer: "adagrad", slots: ["accumulator"] }],
    ["Ftrl", { optimizer: "ftrl", slots: ["n", "z"] }],
    ["SGD", { optimizer: "sgd", slots: ["momentum"] }],
  ]);

export interface PlacedSlots {
  slots: OptimizerSlots[];
  hyperparameters: Map<string, number>;
  notes: string[];
}

/**
 * `optimizer/vars/N` of Keras 3: the iteration, the rate, then the slots variable by variable in the order of the
 * model's trainable ones. Placed only where every shape agrees; otherwise left alone, with a note.
 */
export function placeKeras3Slots(
  datasets: ReadonlyMap<string, Tensor>,
  trainable: readonly Tensor[] | undefined,
  config: Json | undefined,
): PlacedSlots {
  const placed: PlacedSlots = { slots: [], hyperparameters: new Map(), notes: [] };
  const vars = [...datasets]
    .flatMap(([path, tensor]) => {
      const index = /^optimizer\/vars\/(\d+)$/.exec(path)?.[1];
      return index === undefined ? [] : [{ index: Number(index), tensor }];
    })
    .sort((a, b) => a.index - b.index)
    .map(({ tensor }) => tensor);
  if (vars.length === 0) return placed;
  const [iteration, rate, ...rest] = vars;
  if (iteration?.shape.length === 0) placed.hyperparameters.set("iteration", Number(iteration.values()[0]));
  if (rate?.shape.length === 0) placed.hyperparameters.set("learning_rate", Number(rate.values()[0]));
  const name = member(config, "compile_config", "optimizer", "class_name");
  const kind = typeof name === "string" ? kinds.get(name) : undefined;
  const each = kind?.slots.length ?? 1;
  const shapes = trainable?.map(({ shape }) => shape.join());
  const agrees =
    kind !== undefined &&
    shapes !== undefined &&
    rest.length === shapes.length * each &&
    rest.every((tensor, at) => tensor.shape.join() === shapes[Math.floor(at / each)]);
  if (!agrees || trainable === undefined) {
    placed.notes.push(
      `optimizer/vars: ${rest.length} slots that no configuration gives to their weights, left alone`,
    );
    return placed;
  }
  trainable.forEach(({ name: tensor }, position) => {
    const slots = new Map(
      kind.slots.flatMap((slot, part): [string, Tensor][] => {
        const found = rest[position * each + part];
        return found === undefined ? [] : [[slot, { ...found, name: `${tensor}/${slot}` }]];
      }),
    );
    placed.slots.push({ optimizer: kind.optimizer, tensor, slots });
  });
  return placed;
}
