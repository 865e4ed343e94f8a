import { type EventBatch, rowsOf, valuesOf } from "../batch.js";
import type { Arena } from "./arena.js";
import type { LinearPart } from "./linear-parts.js";

/** Rows that lie in the kernel's memory at once. */
export const CHUNK_ROWS = 8192;

/** Where each part's column begins in a region: behind the labels and the weights. */
export function columnOffsets(parts: readonly LinearPart[]): { offsets: number[]; bytes: number } {
  let bytes = 2 * 8 * CHUNK_ROWS;
  const offsets = parts.map(({ kind }) => {
    const offset = bytes;
    if (kind !== "constant") bytes += (kind === "codes" ? 4 : 8) * CHUNK_ROWS;
    return offset;
  });
  return { offsets, bytes };
}

/** A stretch of a batch inside the kernel's memory. */
export class Region {
  readonly address: number;
  readonly #parts: readonly LinearPart[];
  readonly #labels: Float64Array;
  readonly #weights: Float64Array;
  readonly #columns: readonly (Int32Array | Float64Array | undefined)[];
  #batch: EventBatch | undefined;
  #from = 0;

  constructor(arena: Arena, parts: readonly LinearPart[]) {
    this.#parts = parts;
    this.#labels = arena.float64(CHUNK_ROWS);
    this.#weights = arena.float64(CHUNK_ROWS);
    this.address = this.#labels.byteOffset;
    this.#columns = parts.map(({ kind }) => {
      if (kind === "constant") return undefined;
      return kind === "codes" ? arena.int32(CHUNK_ROWS) : arena.float64(CHUNK_ROWS);
    });
  }

  holds(batch: EventBatch, row: number): boolean {
    return this.#batch === batch && row >= this.#from && row < this.#from + CHUNK_ROWS;
  }

  /** Brings the chunk that `row` lies in. */
  load(batch: EventBatch, row: number): void {
    const from = row - (row % CHUNK_ROWS);
    const to = Math.min(from + CHUNK_ROWS, batch.rows);
    this.#labels.set(batch.label.subarray(from, to));
    if (batch.weight !== undefined) this.#weights.set(batch.weight.subarray(from, to));
    this.#parts.forEach((part, index) => {
      const column = this.#columns[index];
      if (part.kind === "codes") column?.set(rowsOf(batch, part.feature).subarray(from, to));
      else if (part.kind === "values") column?.set(valuesOf(batch, part.feature).subarray(from, to));
    });
    this.#batch = batch;
    this.#from = from;
  }

  /** A row of the batch as one of the region. */
  rowOf(row: number): number {
    return row - this.#from;
  }
}
