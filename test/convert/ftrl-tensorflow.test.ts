import fc from "fast-check";
import { expect, it } from "vitest";
import type { Checkpoint } from "../../src/convert/checkpoint.js";
import { sourceOptimizer } from "../../src/convert/optimizers.js";
import { createOptimizer } from "../../src/model/optimizers/optimizer.js";

interface Settings {
  rate: number;
  l1: number;
  l2: number;
  beta: number;
}

/**
 * One update as TensorFlow's ResourceApplyFtrl documents it, learning_rate_power -0.5, with Keras' beta folded into l2:
 * it counts l2 twice.
 */
function tensorflowStep(state: { w: number; n: number; z: number }, g: number, settings: Settings): void {
  const { rate, l1, l2, beta } = settings;
  const n = state.n + g * g;
  state.z += g - ((Math.sqrt(n) - Math.sqrt(state.n)) / rate) * state.w;
  state.n = n;
  const quadratic = Math.sqrt(n) / rate + 2 * (l2 + beta / (2 * rate));
  state.w = Math.abs(state.z) > l1 ? (Math.sign(state.z) * l1 - state.z) / quadratic : 0;
}

it("FTRL that TensorFlow trained goes on by TensorFlow's own formula: 100 updates from its slots", () => {
  let moved = 0;
  const number = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
  fc.assert(
    fc.property(
      fc.record({ rate: number(0.01, 1), l1: number(0, 0.1), l2: number(0, 0.5), beta: number(0, 2) }),
      fc.record({ n: number(0.1, 10), z: number(-3, 3) }),
      fc.array(number(-1, 1), { minLength: 100, maxLength: 100 }),
      (settings, { n, z }, gradients) => {
        const hyperparameters = new Map([
          ["training/Ftrl/learning_rate", settings.rate],
          ["training/Ftrl/l1_regularization_strength", settings.l1],
          ["training/Ftrl/l2_regularization_strength", settings.l2],
          ["training/Ftrl/beta", settings.beta],
          ["training/Ftrl/learning_rate_power", -0.5],
        ]);
        const none = { tensors: new Map(), slots: [], vocabularies: new Map(), notes: [] };
        const checkpoint: Checkpoint = { ...none, hyperparameters, format: "tensorflow-checkpoint" };
        const spec = sourceOptimizer("ftrl", checkpoint)?.spec;
        if (spec === undefined) throw new Error("no optimizer");
        const state = { w: 0, n, z };
        // The weight that goes with the slots.
        tensorflowStep(state, 0, settings);
        const weights = Float64Array.of(state.w);
        const slots = [Float64Array.of(n), Float64Array.of(z)];
        const rule = createOptimizer(spec, "rows");
        gradients.forEach((gradient, at) => {
          tensorflowStep(state, gradient, settings);
          rule.update(weights, slots, 0, 1, Float64Array.of(gradient), 0, 1, at + 1);
          expect(Math.abs((weights[0] ?? Number.NaN) - state.w)).toBeLessThanOrEqual(
            1e-9 * Math.max(1, Math.abs(state.w)),
          );
          if (state.w !== 0) moved += 1;
        });
      },
    ),
    { seed: 3, numRuns: 50 },
  );
  expect(moved).toBeGreaterThan(2000);
});
