import type { Figure } from "../core/figure.js";
import type { Scored } from "./scored.js";
import { meanCost } from "./weighted-mean.js";

/** Root of the weighted mean squared error, in the unit of the label. O(n). */
export function rootMeanSquaredError(scored: Scored): Figure {
  return meanCost(scored, "root mean squared error", (error) => error * error, Math.sqrt);
}

/** Weighted mean absolute error, in the unit of the label. O(n). */
export function meanAbsoluteError(scored: Scored): Figure {
  return meanCost(scored, "mean absolute error", Math.abs);
}
