import type { Column, ColumnDescription, ListColumn } from "../core/column.js";

/** What is known of one column after a look at its values; of a column of lists, of the values in them. */
export interface ColumnProfile extends ColumnDescription {
  rows: number;
  nulls: number;
  /** Distinct values met, null aside; a lower bound once `isCapped`. */
  distinct: number;
  isCapped: boolean;
  /** Of numbers. */
  numbers?: { min: number; max: number; mean: number; deviation: number; areIntegers: boolean };
  /** Values a row, of lists that are not null. */
  lengths?: { min: number; max: number; mean: number };
  /** Value -> rows, where there are few values: enough for a label's rate or a rating's median. */
  counts?: ReadonlyMap<string | number, number>;
  /** Some values, as met. */
  examples: readonly (string | number)[];
}

const MAX_DISTINCT = 1_000_000;
const MAX_COUNTED = 200;

/** Looks at one column, block by block. */
export class ColumnProfiler {
  readonly #description: ColumnDescription;
  readonly #distinct = new Map<string | number, number>();
  #rows = 0;
  #nulls = 0;
  #isCapped = false;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #mean = 0;
  #squares = 0;
  #numbers = 0;
  #areIntegers = true;
  #lists = 0;
  #fewest = Number.POSITIVE_INFINITY;
  #most = 0;
  #values = 0;

  constructor(description: ColumnDescription) {
    this.#description = description;
  }

  /** @param keep 0 for rows that are passed over. */
  add(column: Column | ListColumn, rows: number, keep: Uint8Array | undefined): void {
    for (let row = 0; row < rows; row++) {
      if (keep !== undefined && keep[row] === 0) continue;
      this.#rows += 1;
      if (column.kind === "list") this.#addList(column, row);
      else if (!this.#addValue(column, row)) this.#nulls += 1;
    }
  }

  finish(): ColumnProfile {
    const deviation = this.#numbers > 1 ? Math.sqrt(this.#squares / this.#numbers) : 0;
    const numbers = {
      min: this.#min,
      max: this.#max,
      mean: this.#mean,
      deviation,
      areIntegers: this.#areIntegers,
    };
    return {
      ...this.#description,
      rows: this.#rows,
      nulls: this.#nulls,
      distinct: this.#distinct.size,
      isCapped: this.#isCapped,
      ...(this.#numbers > 0 ? { numbers } : {}),
      ...(this.#distinct.size <= MAX_COUNTED ? { counts: this.#distinct } : {}),
      ...(this.#lists > 0
        ? { lengths: { min: this.#fewest, max: this.#most, mean: this.#values / this.#lists } }
        : {}),
      examples: [...this.#distinct.keys()].slice(0, 5),
    };
  }

  #addList({ offsets, values, nulls }: ListColumn, row: number): void {
    if (nulls?.[row] === 1) {
      this.#nulls += 1;
      return;
    }
    const [from, to] = [offsets[row] ?? 0, offsets[row + 1] ?? 0];
    for (let at = from; at < to; at++) this.#addValue(values, at);
    this.#lists += 1;
    this.#fewest = Math.min(this.#fewest, to - from);
    this.#most = Math.max(this.#most, to - from);
    this.#values += to - from;
  }

  /** Whether there is one. */
  #addValue(column: Column, at: number): boolean {
    const value = column.kind === "text" ? column.distinct[column.codes[at] ?? -1] : column.values[at];
    if (value === undefined || Number.isNaN(value)) return false;
    this.#count(value);
    if (typeof value === "number") this.#addNumber(value);
    return true;
  }

  #count(value: string | number): void {
    const before = this.#distinct.get(value);
    if (before === undefined && this.#distinct.size >= MAX_DISTINCT) this.#isCapped = true;
    else this.#distinct.set(value, (before ?? 0) + 1);
  }

  /** Welford's running mean and sum of squares. */
  #addNumber(value: number): void {
    this.#numbers += 1;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    const delta = value - this.#mean;
    this.#mean += delta / this.#numbers;
    this.#squares += delta * (value - this.#mean);
    if (!Number.isInteger(value)) this.#areIntegers = false;
  }
}
