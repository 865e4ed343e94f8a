import type { RejectionReason } from "../core/rejections.js";
import type { PackedTexts } from "../core/text-list.js";
import type { EventBatch } from "../model/batch.js";
import type { DrawState } from "../model/negatives/draw-state.js";
import type { Example } from "./ledger.js";

/** Where each event came from: index into the log's files, row group, row of the file. */
export interface Origin {
  file: Int32Array;
  rowGroup: Int32Array;
  row: Int32Array;
}

/** Events that come after those of every block before, in prediction order, encoded for one model. */
export interface EventBlock {
  events: EventBatch;
  origin: Origin;
  /** Ids met here for the first time that the model's vocabularies do not hold, by feature, in the order of their codes. */
  newIds: ReadonlyMap<string, PackedTexts>;
  /** Rows and bytes of the files that this block is made of, and rows set aside. */
  rowsRead: number;
  bytesRead: number;
  rejected: readonly Rejected[];
  /** What a model that never learns says of each event, where the stream was to ask it. */
  shadow?: Float64Array;
  /** The memory of its arrays, which may be given back to the stream (see EventStream). */
  room?: ArrayBuffer;
  /** Of a log of positives alone, whose events have their negatives behind them. */
  draws?: Draws;
}

/** Negatives that were drawn, and those that were not to be had. */
export interface Draws {
  negatives: number;
  givenUp: number;
  /** With the last block. */
  state?: DrawState;
}

export interface Rejected {
  reason: RejectionReason;
  rows: number;
  first: Example;
}
