import type { LoggedEvents } from "../../measure/ope/events.js";

/** Where every event of the log went: those that are evaluated, and why the others are not. */
export interface EvaluatedRows {
  rows: Int32Array;
  /** Shown before --from or at or after --to. */
  outside: number;
  /** The reward was not known by the end of the log. */
  pending: number;
  withoutItem: number;
}

export function evaluatedRows(
  { rows, shownAtMicros, knownAtMicros, item }: LoggedEvents,
  { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY }: { from?: number; to?: number },
): EvaluatedRows {
  const kept: number[] = [];
  let [outside, pending, withoutItem] = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const shown = shownAtMicros[row] ?? 0;
    if (shown < from || shown >= to) outside += 1;
    else if ((item.codes[row] ?? -1) < 0) withoutItem += 1;
    else if (!Number.isFinite(knownAtMicros[row])) pending += 1;
    else kept.push(row);
  }
  return { rows: Int32Array.from(kept), outside, pending, withoutItem };
}
