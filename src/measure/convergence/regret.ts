import { estimate, type Figure, refusal } from "../../core/figure.js";
import type { LossCurve } from "./loss-curve.js";

/**
 * Normalized loss that a policy paid over all slices beyond what the best of the policies compared paid, per unit of
 * weight. The best is chosen after the fact, on the same rows, so a difference of noise counts as regret too. O(slices).
 */
export function regrets(curves: readonly LossCurve[]): Figure[] {
  const totals = curves.map(({ loss }) => loss.reduce((sum, more) => sum + more, 0));
  const best = Math.min(...totals);
  return curves.map(({ weight, rows }, index) => {
    const weights = weight.reduce((sum, more) => sum + more, 0);
    if (!(weights > 0)) return refusal("no-rows", "no scored rows", "use a longer log");
    const scored = rows.reduce((sum, more) => sum + more, 0);
    return estimate(
      ((totals[index] ?? Number.NaN) - best) / weights,
      scored,
      "mean normalized loss beyond the best policy's",
    );
  });
}
