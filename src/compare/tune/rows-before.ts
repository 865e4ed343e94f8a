import type { CompareConfig, LogConfig } from "../../config/config.js";
import { UnbatchError } from "../../core/errors.js";
import { rowsWhere } from "../../core/gather.js";
import { formatTime } from "../../core/time.js";
import { type EventBatch, gatherBatch } from "../../model/batch.js";
import { type Checkpoint, sliceAfter, testBegins } from "../start.js";

/** What settings are chosen on: the log before compare's test, with what was known of it by then. */
export interface RowsBefore {
  events: EventBatch;
  /** The first moment that is scored; what was known before it is learned first. */
  startMicros: number;
  /** The end of the scored rows: no label of a row shown before it is still to come. */
  endMicros: number;
  /** Where compare's test begins. Nothing shown or known then or later is in `events`. */
  cutOffMicros: number;
  /** The checkpoint itself, where rows are left between what it has learned and the test; else one trained on these rows. */
  beginsFrom: "checkpoint" | "these rows";
}

export interface BeforeOptions {
  compare: CompareConfig;
  checkpoint: Checkpoint;
  known: LogConfig["known"];
  /** How long before the test the scored rows begin; default: so that half of what is there is scored. */
  scoredMicros?: number | undefined;
}

/**
 * The rows before the cut-off, as if the log had been written at that moment: later rows are gone, labels known later
 * are not known. By the configured delay, rows whose labels may be still to come are left out whole: of those, the
 * labels that come sooner would be a biased sample.
 * Errors: no rows before the cut-off, or too few to learn on some and score others.
 */
export function rowsBefore(all: EventBatch, options: BeforeOptions): RowsBefore {
  const { compare, checkpoint } = options;
  const firstMicros = all.shownAtMicros[0] ?? 0;
  const cutOffMicros = testBegins(checkpoint, compare, firstMicros);
  const endMicros = cutOffMicros - longestDelay(options.known);
  const events = knownBefore(all, endMicros, cutOffMicros);
  const lastMicros = events.shownAtMicros[events.rows - 1] ?? Number.NEGATIVE_INFINITY;
  const isConverted = checkpoint.kind === "converted";
  const after = isConverted ? sliceAfter(checkpoint, compare.slice) : Number.POSITIVE_INFINITY;
  const isAfter = options.scoredMicros === undefined && after <= lastMicros;
  const startMicros = isAfter ? after : middle({ firstMicros, lastMicros, endMicros }, options);
  if (!(startMicros <= lastMicros && (isAfter || firstMicros < startMicros)))
    throw tooFewRows(all, cutOffMicros, events.rows);
  return {
    events,
    startMicros,
    endMicros,
    cutOffMicros,
    beginsFrom: isAfter ? "checkpoint" : "these rows",
  };
}

/** A slice boundary. */
function middle(
  { firstMicros, lastMicros, endMicros }: { firstMicros: number; lastMicros: number; endMicros: number },
  { compare, scoredMicros }: BeforeOptions,
): number {
  const { slice } = compare;
  // A log may end long before the test that it is tuned for.
  const end = Math.min(endMicros, (Math.floor(lastMicros / slice) + 1) * slice);
  const micros = end - (scoredMicros ?? (end - firstMicros) / 2);
  return Math.floor(micros / slice) * slice;
}

/** Where a column says when labels were known, no delay bounds it. */
function longestDelay(known: LogConfig["known"]): number {
  if (known === undefined || "column" in known) return 0;
  const { after } = known;
  return typeof after === "number" ? after : Math.max(after.positive, after.negative);
}

function knownBefore(all: EventBatch, endMicros: number, cutOffMicros: number): EventBatch {
  const events = gatherBatch(
    all,
    rowsWhere(all.rows, (row) => (all.shownAtMicros[row] ?? 0) < endMicros),
  );
  const knownAtMicros = events.knownAtMicros.map((at) => (at < cutOffMicros ? at : Number.POSITIVE_INFINITY));
  return { ...events, knownAtMicros };
}

function tooFewRows({ shownAtMicros }: EventBatch, cutOffMicros: number, rows: number): UnbatchError {
  return new UnbatchError({
    found:
      rows === 0
        ? `no rows before ${formatTime(cutOffMicros)}, where the test of compare begins`
        : `${rows} rows from ${formatTime(shownAtMicros[0] ?? 0)} to the test at ${formatTime(cutOffMicros)}: too few slices to learn on some and score others`,
    expected: "settings are chosen on rows before the test alone",
    next: "give the log's earlier days too, shorten compare.slice, or begin the test later (compare.pretrain, compare.start)",
  });
}
