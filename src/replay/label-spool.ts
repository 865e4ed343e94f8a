import type { Scratch, ScratchFile } from "../core/scratch.js";
import { type LabelSegment, segmentOf, type WaitingRows } from "./label-segment.js";
import type { MergedRows } from "./merged-rows.js";
import { decodeRows, encodeRows, shapeOf } from "./waiting-bytes.js";

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

  /** Returns the first of the rows, which the others follow. Errors: see Scratch. */
  write(merged: MergedRows): LabelSegment | undefined {
    const run = new SpooledRun(this.#scratch.create(), () => this.#open.delete(run));
    this.#open.add(run);
    const rowsAtOnce = Math.max(1, Math.floor((this.#chunkBytes * merged.rows) / merged.bytes));
    for (let from = 0; from < merged.rows; ) {
      let to = Math.min(merged.rows, from + rowsAtOnce);
      while (to < merged.rows && merged.goesOn(to)) to++;
      run.append(merged.take(from, to));
      from = to;
    }
    return run.next();
  }

  /** Lets go of what is still on disk. */
  close(): void {
    for (const run of this.#open) run.close();
  }
}

class SpooledRun {
  readonly #file: ScratchFile;
  #shape: WaitingRows | undefined;
  readonly #onClose: () => void;
  readonly #chunks: { rows: number; bytes: number; lengths: Int32Array }[] = [];
  #read = { chunks: 0, bytes: 0 };

  constructor(file: ScratchFile, onClose: () => void) {
    this.#file = file;
    this.#onClose = onClose;
  }

  append(waiting: WaitingRows): void {
    this.#shape ??= shapeOf(waiting);
    const { bytes, lengths } = encodeRows(waiting);
    this.#file.append(bytes);
    this.#chunks.push({ rows: waiting.events.rows, bytes: bytes.length, lengths });
  }

  /** The next stretch of rows; undefined, and the file is gone, where there is none. */
  next(): LabelSegment | undefined {
    const { chunks, bytes: from } = this.#read;
    const chunk = this.#chunks[chunks];
    if (chunk === undefined || this.#shape === undefined) {
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
