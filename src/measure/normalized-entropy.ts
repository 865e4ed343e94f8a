import { estimate, type Figure } from "../core/figure.js";
import { logLossSum } from "./log-loss.js";
import { refuseProbabilities } from "./probability.js";
import { singleClass } from "./roc-auc.js";
import { type Scored, totals } from "./scored.js";
import { noWeight } from "./weighted-mean.js";

/**
 * Normalized entropy: mean log loss / entropy of the same rows' base rate (He et al. 2014, section 3.1).
 * 1 is as good as always predicting the base rate; lower is better; comparable between logs of different base rates.
 * Undefined for a single class. O(n).
 */
export function normalizedEntropy(scored: Scored): Figure {
  const rows = scored.labels.length;
  const refused = refuseProbabilities(scored);
  if (refused !== undefined) return refused;
  const { weight, positive } = totals(scored);
  if (weight === 0) return noWeight();
  const entropy = binaryEntropy(positive / weight);
  if (entropy === 0) return singleClass(rows, positive === 0 ? "negatives" : "positives");
  return estimate(logLossSum(scored).sum / weight / entropy, rows, "log loss / entropy of the base rate");
}

/** Entropy of a yes or no with this probability, in nats; 0 at 0 and at 1. */
export function binaryEntropy(rate: number): number {
  if (rate === 0 || rate === 1) return 0;
  return -(rate * Math.log(rate) + (1 - rate) * Math.log(1 - rate));
}
