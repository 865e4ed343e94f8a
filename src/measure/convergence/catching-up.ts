import { estimate, type Figure, refusal } from "../../core/figure.js";
import type { LossCurve } from "./loss-curve.js";

/** How near is near enough, and for how many slices in a row. */
export interface Nearness {
  /** In units of normalized loss. */
  epsilon: number;
  slices: number;
}

export const DEFAULT_NEARNESS: Nearness = { epsilon: 0.001, slices: 7 };

/** When one policy caught up with another: rows scored and seconds passed before the first slice of the run. */
export interface CatchingUp extends Nearness {
  startMicros?: number;
  events: Figure;
  seconds: Figure;
}

/**
 * The first slice from which `policy` is within epsilon of `target`, or better, in each of so many consecutive slices.
 * A policy that never is, is censored: what is known is only that it took longer than the log. Curves are of the same
 * rows. O(slices).
 */
export function catchingUp(
  policy: LossCurve,
  target: LossCurve,
  nearness: Nearness = DEFAULT_NEARNESS,
): CatchingUp {
  const { epsilon, slices } = nearness;
  const count = policy.startMicros.length;
  const first = policy.startMicros[0] ?? 0;
  let run = 0;
  for (let index = 0; index < count; index++) {
    const behind = (policy.loss[index] ?? 0) - (target.loss[index] ?? 0);
    run = behind <= epsilon * (policy.weight[index] ?? 0) ? run + 1 : 0;
    if (run < slices) continue;
    const from = index - slices + 1;
    const startMicros = policy.startMicros[from] ?? first;
    const rows = policy.rows.reduce((sum, rows) => sum + rows, 0);
    const before = policy.rows.subarray(0, from).reduce((sum, rows) => sum + rows, 0);
    const estimator = `within ${epsilon} of normalized loss for ${slices} slices`;
    return {
      ...nearness,
      startMicros,
      events: estimate(before, rows, estimator),
      seconds: estimate((startMicros - first) / 1e6, rows, estimator),
    };
  }
  const censored = refusal(
    "censored",
    `in none of ${count} slices did it come within ${epsilon} and stay there for ${slices}`,
    "use a longer log, or a larger epsilon",
  );
  return { ...nearness, events: censored, seconds: censored };
}
