import type { Figure } from "../core/figure.js";
import { refuseProbabilities } from "./probability.js";
import type { Scored } from "./scored.js";
import { meanCost } from "./weighted-mean.js";

/**
 * Brier score: weighted mean of (p - y)^2 (Brier 1950). Proper, and in [0, 1] a row, which is what a drift detector
 * with a bound needs; of rare events it is small whatever the model. O(n).
 */
export function brierScore(scored: Scored): Figure {
  return (
    refuseProbabilities(scored) ??
    meanCost(scored, "mean squared error of the probability", (error) => error * error)
  );
}
