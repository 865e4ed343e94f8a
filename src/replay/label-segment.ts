import { isWhole } from "../core/gather.js";
import { type EventBatch, gatherBatch } from "../model/batch.js";
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
