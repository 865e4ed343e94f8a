import { estimate, type Figure } from "../../core/figure.js";
import type { LossCurve } from "./loss-curve.js";

/** Mean normalized loss of `from` less that of `to`: above 0, `to` is better. Curves are of the same rows. O(slices). */
export function meanDifference(from: LossCurve, to: LossCurve): Figure {
  let loss = 0;
  let weight = 0;
  let rows = 0;
  from.loss.forEach((paid, index) => {
    loss += paid - (to.loss[index] ?? Number.NaN);
    weight += from.weight[index] ?? 0;
    rows += from.rows[index] ?? 0;
  });
  return estimate(loss / weight, rows, "difference of mean normalized losses");
}
