import { type PackedTexts, packTexts, TextList } from "../core/text-list.js";
import type { FeatureColumn } from "./batch.js";
import type { Table } from "./table.js";

/** Room is made for this times what is needed, so that all growth together costs no more than twice the last. */
const GROWTH = 1.5;
/**
 * And for this times, up to so many bytes: room without rows takes addresses and no memory, and while rows move, they
 * are there twice.
 */
const EARLY_GROWTH = 8;
const EARLY_ROOM_BYTES = 2 ** 29;

/**
 * Which table row an event's code stands for. Codes >= 0 are rows already; a code < 0 is an id that the vocabulary
 * does not hold: it scores with `unknownRow` until it is first learned, then gets a row of its own, appended in
 * event order, so that the result does not depend on how files were cut.
 */
export class FeatureRows {
  readonly feature: string;
  readonly newIds: TextList = new TextList();
  readonly unknownRow: number;
  /** Rows before any new id. */
  readonly #rowsBefore: number;
  /**
   * Values learned per row: events, of a feature of one value an event; a row twice in a bag counts twice. Empty where
   * nobody asks for them.
   */
  counts: Float64Array;
  readonly tables: Table[] = [];
  rows: number;
  /** By the number of a new id: its row, or `unknownRow` while it has none. */
  rowOfNewId: Int32Array;

  constructor(options: {
    feature: string;
    rows: number;
    unknownRow: number;
    newIds: readonly string[];
    isCounted: boolean;
  }) {
    this.feature = options.feature;
    this.rows = options.rows;
    this.unknownRow = options.unknownRow;
    this.newIds.append(packTexts(options.newIds));
    this.#rowsBefore = options.rows;
    this.counts = new Float64Array(options.isCounted ? options.rows + options.newIds.length : 0);
    this.rowOfNewId = new Int32Array(options.newIds.length).fill(options.unknownRow);
  }

  /**
   * Takes in ids that were met after this was made. Returns whether there is no room for them in the tables, which call
   * for more from now on: whoever holds their arrays must make it (Table.makeRoom), and take the new ones.
   */
  addNewIds(ids: PackedTexts): boolean {
    this.newIds.append(ids);
    const before = this.rowOfNewId.length;
    const needed = this.newIds.length;
    if (needed <= before) return false;
    const rowOfNewId = new Int32Array(this.#roomFor(needed));
    if (this.unknownRow !== 0) rowOfNewId.fill(this.unknownRow, before);
    rowOfNewId.set(this.rowOfNewId);
    this.rowOfNewId = rowOfNewId;
    const { capacity } = this;
    // Of a vocabulary, as only they have new ids: so they are counted.
    const counts = new Float64Array(capacity);
    counts.set(this.counts.subarray(0, this.rows));
    this.counts = counts;
    for (const table of this.tables) table.reserve(capacity);
    return true;
  }

  #roomFor(ids: number): number {
    const rowBytes = this.tables.reduce((sum, table) => sum + table.rowBytes, 0);
    const early = Math.min(EARLY_GROWTH * ids, Math.floor(EARLY_ROOM_BYTES / Math.max(1, rowBytes)));
    return Math.max(early, Math.ceil(GROWTH * ids));
  }

  /** New ids that have no row yet. */
  get awaited(): number {
    return this.#rowsBefore + this.newIds.length - this.rows;
  }

  /** Rows that there is room for. */
  get capacity(): number {
    return this.#rowsBefore + this.rowOfNewId.length;
  }

  /** Counts from now on, where nobody asked for it before. */
  startCounting(): void {
    if (this.counts.length === 0) this.counts = new Float64Array(this.capacity);
  }

  rowOf(code: number): number {
    return code >= 0 ? code : (this.rowOfNewId[-1 - code] ?? this.unknownRow);
  }

  /** An event with this code is about to be learned: a new id gets its row now. Returns whether it did. */
  touch(code: number): boolean {
    const isNew = code < 0 && this.rowOfNewId[-1 - code] === this.unknownRow;
    if (isNew) this.append(-1 - code);
    if (this.counts.length > 0) {
      const row = this.rowOf(code);
      this.counts[row] = (this.counts[row] ?? 0) + 1;
    }
    return isNew;
  }

  /** Numbers of the new ids that have a row by now. */
  newIdsInRowOrder(): Int32Array {
    const learned = new Int32Array(this.rows - this.#rowsBefore);
    this.rowOfNewId.forEach((row, index) => {
      if (row !== this.unknownRow) learned[row - this.#rowsBefore] = index;
    });
    return learned;
  }

  copyFrom(other: FeatureRows): void {
    this.rows = other.rows;
    this.rowOfNewId.set(other.rowOfNewId);
    this.counts.set(other.counts);
  }

  /** Gives new id number `index` its row, and the row its start in every table. */
  append(index: number): void {
    const row = this.rows;
    this.rows += 1;
    this.rowOfNewId[index] = row;
    for (const table of this.tables) table.startRow(row, this.newIds.stringAt(index));
  }
}

/** The rows of one feature that the events of a batch read. */
export interface Touched {
  rows: FeatureRows;
  /** The event is about to be learned: its new ids get their rows, in the order in which it has them. Whether one did. */
  touch(event: number): boolean;
}

export function touchedRows(rows: FeatureRows, column: Exclude<FeatureColumn, { kind: "values" }>): Touched {
  const { codes } = column;
  if (column.kind === "rows") return { rows, touch: (event) => rows.touch(codes[event] ?? 0) };
  const { offsets } = column;
  return {
    rows,
    touch(event) {
      let isNew = false;
      for (let at = offsets[event] ?? 0; at < (offsets[event + 1] ?? 0); at++)
        isNew = rows.touch(codes[at] ?? 0) || isNew;
      return isNew;
    },
  };
}
