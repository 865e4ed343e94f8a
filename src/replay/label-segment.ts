import { gatherNumbers, isWhole, joinNumbers } from "../core/gather.js";
import { gatherBags } from "../model/bags.js";
import { changeColumns, concatBatches, type EventBatch, gatherBatch } from "../model/batch.js";
import type { BoundLearner } from "../model/learner.js";
import { labelOrder } from "./order.js";

/** Events that wait for their labels, in the order in which these become known, and all that is needed of them then. */
export interface WaitingRows {
  events: EventBatch;
  /** What each was predicted to be, by the learner and by the model that never learns (see DriftWatch). */
  predicted: { learner: Float64Array; shadow: Float64Array | undefined };
  /** Per event, 1 where it is not to be learned. */
  held: Uint8Array | undefined;
}

/** Waiting rows of which the first are taken already. */
export interface LabelSegment extends WaitingRows {
  /** Per event, its place in `predicted`: that of its row in the block, whose predictions may still be to come. */
  rows: Int32Array;
  /** The events are the block itself, which is in that order. */
  isBlock: boolean;
  /** The next one that is not taken. */
  head: number;
  /** Of the learner that holds now; undefined until it is asked for. */
  teacher: BoundLearner | undefined;
  /** Of rows that lie on disk: those that follow these. Undefined where all are in memory. */
  rest: { next(): LabelSegment | undefined } | undefined;
}

/** The labels of one block that will be known. */
export function labelSegment(
  block: EventBatch,
  predicted: LabelSegment["predicted"],
  heldRows: Uint8Array | undefined,
): LabelSegment {
  const rows = labelOrder(block);
  const held = heldRows && Uint8Array.from(rows, (row) => heldRows[row] ?? 0);
  const waiting = { events: gatherBatch(block, rows), predicted, held };
  return {
    ...waiting,
    rows,
    isBlock: isWhole(rows, block.rows),
    head: 0,
    teacher: undefined,
    rest: undefined,
  };
}

export function segmentOf(waiting: WaitingRows, rest: LabelSegment["rest"]): LabelSegment {
  const rows = Int32Array.from({ length: waiting.events.rows }, (_, row) => row);
  return { ...waiting, rows, isBlock: false, head: 0, teacher: undefined, rest };
}

/**
 * What still waits of several segments, the oldest first, one behind the other; `order` is that in which all of their
 * labels become known. Views of a segment's arrays where it is the only one.
 */
export function joinSegments(segments: readonly LabelSegment[]): { waiting: WaitingRows; order: Int32Array } {
  const parts = segments.map(stillWaiting);
  const events = concatBatches(parts.map((part) => part.events));
  const shadows = parts.flatMap(({ predicted }) => predicted.shadow ?? []);
  const held = parts.flatMap((part) => part.held ?? []);
  const waiting: WaitingRows = {
    events,
    predicted: {
      learner: joinNumbers(parts.map(({ predicted }) => predicted.learner)),
      shadow: shadows.length === 0 ? undefined : joinNumbers(shadows),
    },
    held: held.length === 0 ? undefined : joinMarks(held),
  };
  return { waiting, order: labelOrder(events) };
}

/** The same rows in another order, or fewer of them. */
export function takeRows({ events, predicted, held }: WaitingRows, order: Int32Array): WaitingRows {
  const { learner, shadow } = predicted;
  return {
    events: gatherBatch(events, order),
    predicted: { learner: gatherNumbers(learner, order), shadow: shadow && gatherNumbers(shadow, order) },
    held: held && Uint8Array.from(order, (row) => held[row] ?? 0),
  };
}

function stillWaiting({ events, rows, predicted, held, head }: LabelSegment): WaitingRows {
  const left = rows.subarray(head);
  const places = Int32Array.from(left, (_, at) => head + at);
  const { learner, shadow } = predicted;
  return {
    events: changeColumns(events, left.length, {
      numbers: (values) => values.subarray(head),
      codes: (codes) => codes.subarray(head),
      bags: (bags) => gatherBags(bags, places),
    }),
    predicted: { learner: gatherNumbers(learner, left), shadow: shadow && gatherNumbers(shadow, left) },
    held: held?.subarray(head),
  };
}

function joinMarks(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
