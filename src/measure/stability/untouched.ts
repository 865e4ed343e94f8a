import { estimate, type Figure, noRows } from "../../core/figure.js";
import type { MatchedRows } from "./matched-rows.js";

/** Share of rows that are the same to the bit: nothing was learned of them, while others moved. O(rows x width). */
export function shareUntouched({ rows, width, before, after }: MatchedRows): Figure {
  if (rows === 0) return noRows();
  let untouched = 0;
  for (let row = 0; row < rows; row++) {
    let at = row * width;
    while (at < (row + 1) * width && before[at] === after[at]) at++;
    if (at === (row + 1) * width) untouched += 1;
  }
  return estimate(untouched / rows, rows, "share of rows equal to the bit");
}
