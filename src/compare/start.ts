import type { CompareConfig } from "../config/config.js";
import { UnbatchError } from "../core/errors.js";
import { formatTime, startOfDay } from "../core/time.js";

/** Where the policies begin from. A converted checkpoint's cut-off is two times: rows shown through, labels as of. */
export type Checkpoint =
  | { kind: "pretrained"; pretrainMicros: number }
  | { kind: "converted"; model: string; throughShownAtMicros: number; labelsAsOfMicros: number };

/**
 * The first moment of the test. Pretrained: `pretrain` after 00:00 UTC of the first event's day. Converted: what
 * compare.start says, by default the first slice boundary at or after the cut-off.
 * Error: a test slice before the cut-off.
 */
export function testBegins(
  checkpoint: Checkpoint,
  compare: CompareConfig,
  firstShownAtMicros: number,
): number {
  return checkpoint.kind === "pretrained"
    ? startOfDay(firstShownAtMicros) + checkpoint.pretrainMicros
    : startAfter(checkpoint, compare);
}

/** The same, of a log that is to be tested on. Errors: a test slice before the cut-off, or no events in the test. */
export function testStart(
  checkpoint: Checkpoint,
  compare: CompareConfig,
  shownAtMicros: Float64Array,
): number {
  const first = shownAtMicros[0] ?? 0;
  const last = shownAtMicros[shownAtMicros.length - 1] ?? first;
  const start = testBegins(checkpoint, compare, first);
  if (start > last) {
    throw new UnbatchError(
      {
        found: `the log ends at ${formatTime(last)}, before the test begins`,
        expected: `events at or after ${formatTime(start)}`,
        next: "give a longer log, or a shorter compare.pretrain",
      },
      2,
    );
  }
  return start;
}

function startAfter(checkpoint: Extract<Checkpoint, { kind: "converted" }>, compare: CompareConfig): number {
  const { throughShownAtMicros, labelsAsOfMicros } = checkpoint;
  const cutOff = cutOffOf(checkpoint);
  const start = compare.start ?? sliceAfter(checkpoint, compare.slice);
  if (start >= cutOff) return start;
  throw new UnbatchError({
    where: "compare.start",
    found: formatTime(start),
    expected: `${formatTime(cutOff)} or later: the checkpoint was trained through rows shown at ${formatTime(throughShownAtMicros)} with labels as of ${formatTime(labelsAsOfMicros)}`,
    next: "move compare.start, or correct checkpoint.trained",
  });
}

/** The first slice boundary at or after what the checkpoint has learned. */
export function sliceAfter(
  checkpoint: Extract<Checkpoint, { kind: "converted" }>,
  sliceMicros: number,
): number {
  return Math.ceil(cutOffOf(checkpoint) / sliceMicros) * sliceMicros;
}

function cutOffOf(checkpoint: Extract<Checkpoint, { kind: "converted" }>): number {
  return Math.max(checkpoint.throughShownAtMicros, checkpoint.labelsAsOfMicros);
}
