import { resolve } from "node:path";
import { expect } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { type Converted, convert } from "../../../src/convert/convert.js";
import { openCheckpoint } from "../../../src/convert/open.js";
import type { SlotMode } from "../../../src/convert/slots.js";
import type { Random } from "../../../src/core/random.js";
import { openTree } from "../../../src/io/files.js";
import { loadState } from "../../../src/model/load.js";
import type { ModelState } from "../../../src/model/state.js";
import { configOf } from "../checkpoints.js";
import type { Parameter, Rule } from "./float64-loop.js";
import { MADE } from "./made.js";

/** Events that both learn. */
export const STEPS = 100;
const [BETA1, BETA2] = [0.9, 0.999];
const moments = ([m = 0, v = 0]: readonly number[], g: number): [number, number] => [
  BETA1 * m + (1 - BETA1) * g,
  BETA2 * v + (1 - BETA2) * g * g,
];
/** torch.optim.Adam. */
export const torchAdam =
  (rate: number): Rule =>
  (w, slots, g, t) => {
    const [m, v] = moments(slots, g);
    const step = (rate * m) / (1 - BETA1 ** t);
    return [w - step / (Math.sqrt(v / (1 - BETA2 ** t)) + 1e-8), [m, v]];
  };
/** torch.optim.SparseAdam, and Keras' Adam: epsilon beside the root of v. */
export const adamInRate =
  (rate: number, epsilon: number): Rule =>
  (w, slots, g, t) => {
    const [m, v] = moments(slots, g);
    const step = (rate * Math.sqrt(1 - BETA2 ** t)) / (1 - BETA1 ** t);
    return [w - (step * m) / (Math.sqrt(v) + epsilon), [m, v]];
  };
/** keras.optimizers.Adagrad. */
export const adagrad =
  (rate: number): Rule =>
  (w, [n = 0], g) => {
    const sum = n + g * g;
    return [w - (rate * g) / (Math.sqrt(sum) + 1e-7), [sum]];
  };

/** An index below `size` for each event. */
export const draw = (random: Random, size: number): number[] =>
  Array.from({ length: STEPS }, () => Math.floor(random.uniform() * size));
/** Of logistic loss. */
export const error = (score: number, label: number): number => 1 / (1 + Math.exp(-score)) - label;

export async function converted(
  file: string,
  plain: object,
  mode: SlotMode,
): Promise<{ checkpoint: Checkpoint; state: ModelState; slots: Converted["slots"] }> {
  const checkpoint = await openCheckpoint(openTree(resolve(MADE, file)));
  const one = convert(
    { checkpoint, config: configOf(plain), vocabularies: new Map(), where: file },
    { slots: mode, precision: "float64" },
  );
  return { checkpoint, state: loadState(one.model, new Map()), slots: one.slots };
}

/** Numbers of one table against those of the loop, by the place that each has there. */
export function expectAlike(
  state: ModelState,
  table: string,
  { weights }: Parameter,
  place: (at: number) => number = (at) => at,
): number {
  const found = state.table(table);
  const size = found.rows * found.width;
  for (let at = 0; at < size; at++) {
    const expected = weights[place(at)] ?? Number.NaN;
    expect(Math.abs((found.weights[at] ?? Number.NaN) - expected), `${table} ${at}`).toBeLessThanOrEqual(
      1e-6 * Math.max(Math.abs(expected), 1e-3),
    );
  }
  return size;
}
