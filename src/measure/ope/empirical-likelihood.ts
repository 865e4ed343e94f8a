import { estimate, type Figure } from "../../core/figure.js";
import { rootBetween } from "./root.js";
import type { WeightedRows } from "./rows.js";
import { anyWeight, type WeightRange, widened } from "./weight-range.js";

/**
 * Maximum empirical likelihood: masses 1 / (n + beta (w - 1)), beta such that the weights average 1 (Kong, McCullagh, Meng,
 * Nicolae & Tan 2003; Karampatziakis, Langford & Mineiro 2020; VowpalWabbit/estimators, mle.py). No mass may exceed 1,
 * and weights up to the range's ends must stay possible; mass of weight that is missing then is given the mean logged
 * reward. Refused without rows, or where the weights cannot average 1. O(60 n).
 */
export function empiricalLikelihood(rows: WeightedRows, range: WeightRange = anyWeight): Figure {
  const limits = widened(rows, range);
  if ("refused" in limits) return limits;
  const { weights, rewards } = rows;
  const n = weights.length;
  let most = n / (1 - limits.least);
  let least = limits.most === Number.POSITIVE_INFINITY ? 0 : n / (1 - limits.most);
  for (const weight of weights) {
    if (weight < 1) most = Math.min(most, (n - 1) / (1 - weight));
    if (weight > 1) least = Math.max(least, (n - 1) / (1 - weight));
  }
  const slope = (beta: number): number => {
    let sum = 0;
    for (const weight of weights) sum += (weight - 1) / ((weight - 1) * beta + n);
    return sum;
  };
  // The slope falls in beta: where it has one sign throughout, the optimum is the end that it falls towards.
  const beta = slope(least) <= 0 ? least : slope(most) >= 0 ? most : rootBetween(slope, least, most);
  let [covered, value, rewardSum] = [0, 0, 0];
  for (let row = 0; row < n; row++) {
    const weight = weights[row] ?? 0;
    const reward = rewards[row] ?? 0;
    const mass = weight / ((weight - 1) * beta + n);
    covered += mass;
    value += mass * reward;
    rewardSum += reward;
  }
  return estimate(value + (Math.max(0, 1 - covered) * rewardSum) / n, n, "empirical likelihood");
}
