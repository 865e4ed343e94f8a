import type { CategoryCounts } from "./bins.js";
import type { Sample } from "./sample.js";

/** One feature of one log, as far as drift is concerned: which values how many rows have. */
export type Observed =
  | { kind: "numeric"; values: Sample; missing: number }
  | { kind: "categorical"; counts: CategoryCounts; missing: number };

/** Rows with a value and without. */
export function rowsOf(observed: Observed): number {
  if (observed.kind === "numeric") return observed.values.rows + observed.missing;
  let rows = observed.missing;
  for (const count of observed.counts.values()) rows += count;
  return rows;
}
