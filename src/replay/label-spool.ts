import type { Scratch, ScratchFile } from "../core/scratch.js";
import { type LabelSegment, segmentOf, takeRows, type WaitingRows } from "./label-segment.js";
import { bytesOf, decodeRows, encodeRows, shapeOf } from "./waiting-bytes.js";

/** Where labels wait beyond so many bytes of rows in memory. */
export interface SpoolOptions {
  bytes: number;
  /** What is read back at once of each run that lies on disk. */
  chunkBytes: number;
  scratch: Scratch;
}

/** Rows that wait on disk: runs in the order in which their labels become known, a file each, which goes as it is read. */
export class LabelSpool {
  readonly #scratch: Scratch;
  readonly #chunkBytes: number;
  readonly #open = new Set<SpooledRun>();

  constructor({ scratch, chunkBytes }: SpoolOptions) {
    this.#scratch = scratch;
    this.#chunkBytes = chunkBytes;
  }

  /** @param order of all the rows. Returns the first of them, which the others follow. Errors: see Scratch. */
  write(waiting: WaitingRows, order: Int32Array): LabelSegment | undefined {
    const run = new SpooledRun(this.#scratch.create(), shapeOf(waiting), () => this.#open.delete(run));
    this.#open.add(run);
    const rowsAtOnce = Math.max(1, Math.floor((this.#chunkBytes * order.length) / bytesOf(waiting)));
    for (let from = 0; from < order.length; ) {
      const to = wholeEvents(waiting, order, Math.min(order.length, from + rowsAtOnce));
      run.append(takeRows(waiting, order.subarray(from, to)));
      from = to;
    }
    return run.next();
  }

  /** Lets go of what is still on disk. */
  close(): void {
    for (const run of this.#open) run.close();
  }
}

/** Negatives that were drawn for an event are learned with it: not before the first row of the next is there a cut. */
function wholeEvents({ events: { drawn } }: WaitingRows, order: Int32Array, cut: number): number {
  let to = cut;
  while (drawn !== undefined && to < order.length && eventAt(to) === eventAt(to - 1)) to++;
  return to;

  function eventAt(at: number): number | undefined {
    return drawn?.event[order[at] ?? 0];
  }
}

class SpooledRun {
  readonly #file: ScratchFile;
  readonly #shape: WaitingRows;
  readonly #onClose: () => void;
  readonly #chunks: { rows: number; bytes: number; lengths: Int32Array }[] = [];
  #read = { chunks: 0, bytes: 0 };

  constructor(file: ScratchFile, shape: WaitingRows, onClose: () => void) {
    this.#file = file;
    this.#shape = shape;
    this.#onClose = onClose;
  }

  append(waiting: WaitingRows): void {
    const { bytes, lengths } = encodeRows(waiting);
    this.#file.append(bytes);
    this.#chunks.push({ rows: waiting.events.rows, bytes: bytes.length, lengths });
  }

  /** The next stretch of rows; undefined, and the file is gone, where there is none. */
  next(): LabelSegment | undefined {
    const { chunks, bytes: from } = this.#read;
    const chunk = this.#chunks[chunks];
    if (chunk === undefined) {
      this.close();
      return undefined;
    }
    this.#read = { chunks: chunks + 1, bytes: from + chunk.bytes };
    const bytes = this.#file.read(from, chunk.bytes);
    return segmentOf(decodeRows(bytes, chunk.lengths, chunk.rows, this.#shape), this);
  }

  close(): void {
    this.#file.close();
    this.#onClose();
  }
}
