import { type Refusal, refusal } from "../../core/figure.js";
import type { WeightedRows } from "./rows.js";

/** The least and the largest importance weight that a row could have had, known beforehand: 0 and Infinity always hold. */
export interface WeightRange {
  least: number;
  most: number;
}

export const anyWeight: WeightRange = { least: 0, most: Number.POSITIVE_INFINITY };

/** Widened to what the rows have; refused where 1, the mean that weights have in expectation, is not inside. */
export function widened({ weights }: WeightedRows, { least, most }: WeightRange): WeightRange | Refusal {
  if (weights.length === 0) return refusal("no-rows", "no rows", "use a longer log");
  let low = least;
  let high = most;
  for (const weight of weights) {
    if (weight < low) low = weight;
    if (weight > high) high = weight;
  }
  if (low < 1 && high > 1) return { least: low, most: high };
  return refusal(
    "mean-weight-off",
    `weights in [${low}, ${high}] cannot average 1`,
    "check the propensities and the range of weights",
  );
}
