import type { Table } from "./table.js";

/**
 * Which table row an event's code stands for. Codes >= 0 are rows already; a code < 0 is an id that the vocabulary
 * does not hold: it scores with `unknownRow` until it is first learned, then gets a row of its own, appended in
 * event order, so that the result does not depend on how files were cut.
 */
export class FeatureRows {
  readonly feature: string;
  readonly newIds: readonly string[];
  readonly unknownRow: number;
  /** Events learned per row; empty where nobody asks for them. */
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
    this.newIds = options.newIds;
    this.counts = new Float64Array(options.isCounted ? options.rows + options.newIds.length : 0);
    this.rowOfNewId = new Int32Array(options.newIds.length).fill(options.unknownRow);
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

  /** New ids that have a row by now, with that row, in row order. */
  learnedNewIds(): { id: string; row: number }[] {
    const learned: { id: string; row: number }[] = [];
    this.rowOfNewId.forEach((row, index) => {
      if (row !== this.unknownRow) learned.push({ id: this.newIds[index] ?? "", row });
    });
    return learned.sort((a, b) => a.row - b.row);
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
    for (const table of this.tables) table.startRow(row, this.newIds[index] ?? "");
  }
}
