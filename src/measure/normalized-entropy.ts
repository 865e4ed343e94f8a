import { estimate, type Figure, refusal } from "../core/figure.js";
import { logLossSum } from "./log-loss.js";
import { type Scored, totals } from "./scored.js";

/**
 * Normalized entropy: mean log loss / entropy of the same rows' base rate (He et al. 2014, section 3.1).
 * 1 is as good as always predicting the base rate; lower is better; comparable between logs of different base rates.
 * Undefined for a single class. O(n).
 */
export function normalizedEntropy(scored: Scored): Figure {
  const rows = scored.labels.length;
  if (rows === 0) return refusal("no-rows", "no scored rows", "score rows with a known label");
  const { weight, positive } = totals(scored);
  if (weight === 0) return refusal("no-weight", "every row has weight 0", "check the weight column");
  const rate = positive / weight;
  if (rate === 0 || rate === 1) {
    return refusal(
      "single-class",
      `all ${rows} labels are ${rate}`,
      "use a longer window, or check the label rule",
    );
  }
  const entropy = -(rate * Math.log(rate) + (1 - rate) * Math.log(1 - rate));
  return estimate(logLossSum(scored).sum / weight / entropy, rows, "log loss / entropy of the base rate");
}
