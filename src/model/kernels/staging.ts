import { type EventBatch, rowsOf, valuesOf } from "../batch.js";
import { type Arena, alignedBytes } from "./arena.js";
import { BLOCK } from "./sparse-records.js";

/** Rows that lie in the kernel's memory at once: few enough that they are still near when they are learned. */
export const CHUNK_ROWS = 1024;
/** Blocks are read whole, beyond the last row too. */
const STAGED_ROWS = CHUNK_ROWS + BLOCK;

/** A column of a batch that a kernel reads. */
export interface StagedColumn {
  kind: "codes" | "values";
  feature: string;
}

/** Where each column begins in a region, behind the labels and the weights. */
export function columnOffsets(columns: readonly StagedColumn[]): { offsets: number[]; bytes: number } {
  let bytes = 2 * 8 * CHUNK_ROWS;
  const offsets = columns.map(({ kind }) => {
    const offset = bytes;
    bytes += alignedBytes((kind === "codes" ? 4 : 8) * STAGED_ROWS);
    return offset;
  });
  return { offsets, bytes };
}

/** A stretch of a batch inside the kernel's memory. */
export class Region {
  readonly address: number;
  readonly #columns: readonly (StagedColumn & { staged: Int32Array | Float64Array })[];
  readonly #labels: Float64Array;
  readonly #weights: Float64Array;
  #batch: EventBatch | undefined;
  #from = 0;

  constructor(arena: Arena, columns: readonly StagedColumn[]) {
    this.#labels = arena.float64(CHUNK_ROWS);
    this.#weights = arena.float64(CHUNK_ROWS);
    this.address = this.#labels.byteOffset;
    this.#columns = columns.map((column) => ({
      ...column,
      staged: column.kind === "codes" ? arena.int32(STAGED_ROWS) : arena.float64(STAGED_ROWS),
    }));
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
    for (const { kind, feature, staged } of this.#columns) {
      const column = kind === "codes" ? rowsOf(batch, feature) : valuesOf(batch, feature);
      staged.set(column.subarray(from, to));
    }
    this.#batch = batch;
    this.#from = from;
  }

  /** A row of the batch as one of the region. */
  rowOf(row: number): number {
    return row - this.#from;
  }
}

/** Two regions, since predictions and labels are two batches when labels come late. */
export class Staging {
  #newest: Region;
  #oldest: Region;

  constructor(arena: Arena, columns: readonly StagedColumn[]) {
    this.#newest = new Region(arena, columns);
    this.#oldest = new Region(arena, columns);
  }

  static bytes(columns: readonly StagedColumn[]): number {
    return 2 * columnOffsets(columns).bytes;
  }

  /** The region that holds a row; the one used longest ago gives way. */
  regionOf(batch: EventBatch, row: number): Region {
    if (this.#newest.holds(batch, row)) return this.#newest;
    const region = this.#oldest;
    if (!region.holds(batch, row)) region.load(batch, row);
    this.#oldest = this.#newest;
    this.#newest = region;
    return region;
  }
}
