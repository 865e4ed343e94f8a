import { incomplete } from "../core/errors.js";
import type { RejectionReason } from "../core/rejections.js";

/**
 * Where every row went: read + drawn = predicted + rejected, and, once a run has ended, predicted = scored + pending and
 * scored = learned + held.
 */
export interface Ledger {
  read: number;
  /** Of a log of positives alone: negatives that were drawn for its events. */
  drawn?: number;
  /** Draws that ended without a negative, since the user has had nearly every known item, or none was known. */
  notDrawn?: number;
  predicted: number;
  /** Predicted, and the label became known: the rows of the metrics. */
  scored: number;
  learned: number;
  /** Scored, and not learned on purpose: a frozen run, or the rows of a probe. */
  held: number;
  /** Predicted, but the label was not known by the end. */
  pending: number;
  rejected: number;
  rejectedBy: Partial<Record<RejectionReason, number>>;
}

/** Where the first row of a reason was met. */
export interface Example {
  file: string;
  rowGroup: number;
  row: number;
}

/** Rows set aside while reading. */
export class RejectedRows {
  readonly #counts = new Map<RejectionReason, { count: number; first: Example }>();

  addAll(rejected: readonly { reason: RejectionReason; rows: number; first: Example }[]): void {
    for (const { reason, rows, first } of rejected) {
      const entry = this.#counts.get(reason);
      if (entry === undefined) this.#counts.set(reason, { count: rows, first });
      else entry.count += rows;
    }
  }

  get total(): number {
    let total = 0;
    for (const { count } of this.#counts.values()) total += count;
    return total;
  }

  /** Counts in order of name, so that equal logs give equal ledgers. */
  byReason(): Partial<Record<RejectionReason, number>> {
    const sorted = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([reason, { count }]) => [reason, count]));
  }

  /** Fails the run (exit 3) when more than `share` of the rows read were set aside, but for those that are no positives. */
  check(rowsRead: number, share: number): void {
    const total = this.total - (this.#counts.get("not-a-positive")?.count ?? 0);
    if (total <= share * rowsRead) return;
    const lines = [...this.#counts].map(
      ([reason, { count, first }]) =>
        `${reason}: ${count} (first: ${first.file}, row group ${first.rowGroup}, row ${first.row})`,
    );
    throw incomplete({
      found: `${total} of ${rowsRead} rows cannot be used\n    ${lines.join("\n    ")}`,
      expected: `at most ${share} of the rows (log.maxRejected)`,
      next: "mend the log or unbatch.yaml (missing:, label:, unknown:), or raise log.maxRejected",
    });
  }
}

/** Fails the run (exit 3) when the counts do not add up: something was lost. */
export function checkLedger(ledger: Ledger): void {
  const { read, drawn = 0, predicted, scored, learned, held, pending, rejected } = ledger;
  if (read + drawn === predicted + rejected && predicted === scored + pending && scored === learned + held)
    return;
  throw incomplete({
    found: `read ${read}, drawn ${drawn}, predicted ${predicted}, scored ${scored}, learned ${learned}, held ${held}, pending ${pending}, rejected ${rejected}`,
    expected: "read + drawn = predicted + rejected, predicted = scored + pending, scored = learned + held",
    next: "report this as a bug, with the log's schema",
  });
}
