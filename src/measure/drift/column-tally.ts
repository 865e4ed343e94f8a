import type { Column, ListColumn } from "../../core/column.js";
import type { Observed } from "./observed.js";
import { type Sample, sampleOf, weightedSample } from "./sample.js";

/** Gathers one column of one log, cut into `parts` (windows of time, or the log as one), row group by row group. */
export class ColumnTally {
  readonly #parts: PartTally[];

  constructor(parts: number) {
    this.#parts = Array.from({ length: parts }, () => new PartTally());
  }

  /**
   * @param partOfRow of each row its part, or -1 to leave it out; absent: all rows are of part 0.
   * Each distinct text is looked up once a row group; rows are counted in arrays. O(rows + distinct).
   */
  add(column: Column, rows: number, partOfRow?: Int32Array): void {
    if (column.kind === "number") {
      for (let row = 0; row < rows; row++)
        this.#parts[partOfRow?.[row] ?? 0]?.addNumber(column.values[row] ?? Number.NaN);
      return;
    }
    const { distinct, codes } = column;
    const counted = new Map<PartTally, Int32Array>();
    for (let row = 0; row < rows; row++) {
      const part = this.#parts[partOfRow?.[row] ?? 0];
      if (part === undefined) continue;
      let counts = counted.get(part);
      if (counts === undefined) {
        counts = new Int32Array(distinct.length + 1);
        counted.set(part, counts);
      }
      // Nulls, whose code is -1, come last.
      const code = codes[row] ?? -1;
      const at = code < 0 ? distinct.length : code;
      counts[at] = (counts[at] ?? 0) + 1;
    }
    for (const [part, counts] of counted) part.addTexts(distinct, counts);
  }

  /** Every value of a row's list is one observed there; null and empty lists have none. */
  addLists({ offsets, values }: ListColumn, rows: number, partOfRow?: Int32Array): void {
    const partOfValue = new Int32Array(offsets[rows] ?? 0);
    if (partOfRow !== undefined)
      for (let row = 0; row < rows; row++)
        partOfValue.fill(partOfRow[row] ?? 0, offsets[row], offsets[row + 1]);
    this.add(values, partOfValue.length, partOfValue);
  }

  /** Of each part. Values that are no finite number count as missing where numbers are asked for. */
  finish(kind: Observed["kind"]): Observed[] {
    return this.#parts.map((part) => part.finish(kind));
  }
}

const FIRST_CAPACITY = 1024;

class PartTally {
  #numbers = new Float64Array(0);
  #size = 0;
  #missing = 0;
  readonly #texts = new Map<string, number>();

  addNumber(value: number): void {
    if (!Number.isFinite(value)) {
      this.#missing += 1;
      return;
    }
    if (this.#size === this.#numbers.length) {
      const larger = new Float64Array(Math.max(FIRST_CAPACITY, 2 * this.#size));
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#size++] = value;
  }

  /** Rows of each distinct text, and, last, of null. */
  addTexts(distinct: readonly string[], counts: Int32Array): void {
    distinct.forEach((text, code) => {
      const count = counts[code] ?? 0;
      if (count > 0) this.#texts.set(text, (this.#texts.get(text) ?? 0) + count);
    });
    this.#missing += counts[distinct.length] ?? 0;
  }

  finish(kind: Observed["kind"]): Observed {
    const numbers = sampleOf(this.#numbers.subarray(0, this.#size));
    // A column is numbers or texts, not both.
    if (kind === "numeric") return this.#texts.size === 0 ? this.#numeric(numbers) : this.#parsed();
    const counts = new Map(this.#texts);
    numbers.values.forEach((value, at) => {
      counts.set(String(value), numbers.weights[at] ?? 0);
    });
    return { kind, counts, missing: this.#missing };
  }

  #numeric(values: Sample): Observed {
    return { kind: "numeric", values, missing: this.#missing };
  }

  #parsed(): Observed {
    const values: number[] = [];
    const counts: number[] = [];
    let missing = this.#missing;
    for (const [text, count] of this.#texts) {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      if (Number.isFinite(value)) {
        values.push(value);
        counts.push(count);
      } else missing += count;
    }
    const sample = weightedSample(values, counts);
    return { kind: "numeric", values: { ...sample, rows: sample.total }, missing };
  }
}
