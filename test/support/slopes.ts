import { expect } from "vitest";
import type { ModelState } from "../../src/model/state.js";

const STEP = 1e-5;

/** What `learn`, one update of SGD at rate 1, takes off each weight: the gradient, by table. The weights are put back. */
export function gradientsOf(state: ModelState, learn: () => void): Float64Array[] {
  const before = state.tables.map(({ weights }) => Float64Array.from(weights));
  learn();
  const gradients = state.tables.map(({ weights }, table) =>
    Float64Array.from(weights, (weight, at) => (before[table]?.[at] ?? 0) - weight),
  );
  state.tables.forEach(({ weights }, table) => {
    weights.set(before[table] ?? []);
  });
  return gradients;
}

/** Each gradient is the central difference of the loss at its weight. Returns how many weights were compared. */
export function expectSlopes(
  state: ModelState,
  gradients: readonly Float64Array[],
  loss: () => number,
): number {
  let compared = 0;
  state.tables.forEach(({ name, weights }, table) => {
    for (let at = 0; at < weights.length; at++) {
      const weight = weights[at] ?? 0;
      const around = (by: number): number => {
        weights[at] = weight + by;
        return loss();
      };
      const [low, here, high] = [around(-STEP), around(0), around(STEP)];
      weights[at] = weight;
      const slope = (high - low) / (2 * STEP);
      // A kink of relu within the step: the difference is off by half of how much it bends.
      const bend = Math.abs(high - 2 * here + low) / STEP;
      const gradient = gradients[table]?.[at] ?? Number.NaN;
      const error = Math.abs(gradient - slope) - 0.51 * bend;
      const message = `${name}[${at}]: gradient ${gradient}, slope ${slope}`;
      expect(error, message).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
      compared += 1;
    }
  });
  return compared;
}
