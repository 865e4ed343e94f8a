import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/convert/checkpoint.js";
import { type Converted, convert } from "../../src/convert/convert.js";
import { checkpointOf, configOf, MF_SHAPES, slotsOf, tensorOf } from "./checkpoints.js";

const FEATURES = [
  { name: "user", encoder: { kind: "identity", size: 5 } },
  { name: "item", encoder: { kind: "identity", size: 4 } },
];

function converted(checkpoint: Checkpoint, learner: object): Converted {
  const config = configOf({ features: FEATURES, learner });
  return convert(
    { checkpoint, config, vocabularies: new Map(), where: "m" },
    { slots: "exact", precision: "float64" },
  );
}

it("a slot that is no number is named, with its place", () => {
  const sums = tensorOf(
    "sum",
    [5, 3],
    Array.from({ length: 15 }, (_, at) => (at === 7 ? Number.NaN : 1)),
  );
  const slots = [slotsOf("adagrad", "user_embedding.weight", { accumulator: sums })];
  expect(() =>
    converted(checkpointOf(MF_SHAPES, { slots }), { optimizer: { kind: "adagrad", rate: 0.1 } }),
  ).toThrow(/tensor sum: NaN at row 2, column 1: 1 of 15 numbers are not finite/);
});

it("a BatchNorm that is no number is named, with its place", () => {
  const checkpoint = checkpointOf({
    "user_embedding.weight": [5, 3],
    "item_embedding.weight": [4, 3],
    "mlp.0.running_mean": tensorOf("mlp.0.running_mean", [6], [0, 0, 0, Number.NaN, 0, 0]),
    "mlp.0.running_var": tensorOf("mlp.0.running_var", [6], Array(6).fill(1)),
    "mlp.1.weight": [2, 6],
    "mlp.1.bias": [2],
    "mlp.3.weight": [1, 2],
    "mlp.3.bias": [1],
  });
  expect(() => converted(checkpoint, { optimizer: { kind: "sgd", rate: 0.1 } })).toThrow(
    /tensor mlp.0.running_mean: NaN at place 3: 1 of 6 numbers are not finite/,
  );
});

describe("an optimizer with a setting that none here has", () => {
  it.each([
    ["pytorch", { nesterov: 1 }, "nesterov 1"],
    ["pytorch", { dampening: 0.1 }, "dampening 0.1"],
    ["keras", { weight_decay: 0.004 }, "weight_decay 0.004"],
  ])("%s %j is named, and not continued without it", (format, settings, words) => {
    const hyperparameters = { lr: 0.1, momentum: 0.9, ...settings };
    const buffer = tensorOf("momentum", [1], [0]);
    const slots = [slotsOf("sgd", "global_bias", { momentum: buffer })];
    const checkpoint = checkpointOf(MF_SHAPES, { format, slots, hyperparameters });
    const learner = {
      terms: Object.fromEntries(["linear", "dot"].map((term) => [term, { kind: "sgd", rate: 0.1 }])),
    };
    expect(() => converted(checkpoint, learner)).toThrow(
      `no optimizer for term bias: the checkpoint holds sgd with ${words}, which the learner has not`,
    );
    expect(converted(checkpoint, { optimizer: { kind: "sgd", rate: 0.1 } }).optimizers.length).toBe(3);
  });
});
