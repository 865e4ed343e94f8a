import { estimate, type Figure, refusal } from "../../core/figure.js";
import { type Sample, walkBoth } from "./sample.js";

/**
 * Wasserstein distance of order 1 (earth mover's): the area between the two distribution functions, in the unit of the
 * feature: how far a row's value has to move on average (scipy.stats.wasserstein_distance). Refused without rows.
 * O(n + m).
 */
export function wasserstein(reference: Sample, current: Sample): Figure {
  if (!(reference.total > 0 && current.total > 0))
    return refusal("no-rows", "one of the two samples is empty", "give logs with values of this feature");
  let area = 0;
  let before = Number.NaN;
  let height = 0;
  walkBoth(reference, current, (value, below, belowCurrent) => {
    if (height > 0) area += height * (value - before);
    before = value;
    height = Math.abs(below / reference.total - belowCurrent / current.total);
  });
  return estimate(area, reference.rows + current.rows, "Wasserstein distance of order 1");
}
