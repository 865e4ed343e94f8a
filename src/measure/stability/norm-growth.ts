import { estimate, type Figure, noRows, refusal } from "../../core/figure.js";
import { type MatchedRows, normOf } from "./matched-rows.js";

/**
 * Mean length of the rows after / before: above 1 the vectors grow, as they do under plain gradient steps, and inner
 * products with them; a threshold or a sum with another score means something else then. O(rows x width).
 */
export function normGrowth({ rows, width, before, after }: MatchedRows): Figure {
  if (rows === 0) return noRows();
  let from = 0;
  let to = 0;
  for (let row = 0; row < rows; row++) {
    from += normOf(before, row, width);
    to += normOf(after, row, width);
  }
  if (from === 0) return refusal("zero-denominator", "every vector was zero", "compare later models");
  return estimate(to / from, rows, "mean length after / before");
}
