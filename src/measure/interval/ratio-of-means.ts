import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { estimate, type Figure, refusal } from "../../core/figure.js";

const MIN_UNITS = 30;
/** Below this many effective units, (sum of d)^2 / sum of d^2, the simulated coverage falls under 93.5 %. */
const MANY_UNITS = 120;

/**
 * Sum of numerators / sum of denominators over units that do not depend on each other (users, requests; not days), with
 * the delta method's interval (Oehlert 1992; Deng, Knoblich & Lu 2018): the variance is that of n - R d. Treating a
 * user's rows as units of their own would be too narrow. UNDERCOVERS where few units carry most of the sum, down
 * to 85 % at a nominal 95 (docs/intervals.md), which its estimator's name then says. Refused: fewer than 30 units, denominators that sum to 0. O(units).
 */
export function ratioOfMeans(
  numerators: Float64Array,
  denominators: Float64Array,
  confidence: number = 0.95,
): Figure {
  const units = numerators.length;
  if (units < MIN_UNITS) {
    return refusal(
      "too-few-units",
      `${units} units; the delta method needs ${MIN_UNITS}`,
      "use a longer log, or a finer unit whose rows are still independent",
    );
  }
  const numerator = numerators.reduce((sum, value) => sum + value, 0);
  const denominator = denominators.reduce((sum, value) => sum + value, 0);
  if (denominator === 0) {
    return refusal(
      "zero-denominator",
      "the denominators sum to 0",
      "choose rows that have what is divided by",
    );
  }
  const ratio = numerator / denominator;
  const effective = denominator ** 2 / denominators.reduce((sum, value) => sum + value ** 2, 0);
  const note = effective < MANY_UNITS ? `; ${effective.toFixed(0)} units carry it: can be too narrow` : "";
  const figure = estimate(ratio, units, `ratio of sums over ${units} units, delta method${note}`);
  if ("refused" in figure) return figure;
  let squares = 0;
  for (let unit = 0; unit < units; unit++) {
    squares += ((numerators[unit] ?? 0) - ratio * (denominators[unit] ?? 0)) ** 2;
  }
  const standardError = Math.sqrt((squares * units) / (units - 1)) / Math.abs(denominator);
  const reach = tQuantile((1 + confidence) / 2, units - 1) * standardError;
  return { ...figure, interval: { low: ratio - reach, high: ratio + reach, confidence } };
}
