import { estimate, type Figure, refusal } from "../../core/figure.js";
import type { Nearness } from "./catching-up.js";
import { type LossCurve, meanLoss } from "./loss-curve.js";

/**
 * Where a learning curve flattens: rows scored before the first slice from which the mean normalized loss of the next
 * `slices` is no more than epsilon below that of the `slices` before it. On a log that drifts a plateau is a balance of
 * learning and forgetting, not the end of learning. Censored where the curve falls to its end. O(slices · `slices`).
 */
export function plateau(curve: LossCurve, { epsilon, slices }: Nearness): Figure {
  const count = curve.startMicros.length;
  if (count < 2 * slices) {
    return refusal(
      "too-few-slices",
      `${count} slices, where two runs of ${slices} are compared`,
      "use a longer log, or shorter slices (compare.slice)",
    );
  }
  let rows = 0;
  for (let index = 0; index < count; index++) {
    const gain = meanLoss(curve, index - slices, index) - meanLoss(curve, index, index + slices);
    if (index >= slices && index + slices <= count && gain <= epsilon) {
      const total = curve.rows.reduce((sum, more) => sum + more, 0);
      return estimate(rows, total, `first ${slices} slices that gain at most ${epsilon} on those before`);
    }
    rows += curve.rows[index] ?? 0;
  }
  return refusal("censored", `the loss was still falling after ${count} slices`, "use a longer log");
}
