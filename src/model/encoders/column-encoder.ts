import type { Column, TextColumn } from "../../core/column.js";
import { type RejectionReason, type Rejections, reject } from "../../core/rejections.js";
import type { NewIds } from "./encoder.js";
import type { TextsToRows } from "./hash-kernel.js";
import { copyKnown, type Places, REFUSED, UNSEEN } from "./known-codes.js";
import { MOST_REMEMBERED, NumberCodes } from "./number-codes.js";

/** A row of the feature's tables, a new id (see FeatureColumn), or why there is neither. */
export type Code = number | RejectionReason;

/** One distinct value (undefined where it is missing) -> its code. */
export interface Coder {
  of(value: string | number | undefined): Code;
  /** The same of a text that is still bytes, where no string is needed for it. */
  ofBytes?(bytes: Uint8Array, start: number, end: number): Code;
  /** The same of all texts of a list, where that is faster. */
  ofTexts?: TextsToRows | undefined;
  /** Where ids may be new. */
  readonly newIds?: NewIds;
}

/** Encodes columns: one call of the coder per distinct text or number of a dictionary, or number without one. */
export class ColumnEncoder {
  readonly #coder: Coder;
  /**
   * Of dictionaries, which blocks share, by place; the null's first. Values that no row points at must not become new
   * ids, so codes are made late.
   */
  readonly #known = new WeakMap<object, Int32Array>();
  readonly #ofNumbers: NumberCodes;

  constructor(coder: Coder) {
    this.#coder = coder;
    this.#ofNumbers = new NumberCodes(MOST_REMEMBERED, (value) => this.#codeOf(value));
  }

  /** `rows` values into `into[at ...]`; one that has no code is marked in `rejections`, and 0. */
  encode(
    column: Column,
    rows: number,
    into: Int32Array | Float64Array,
    at: number,
    rejections: Rejections,
  ): void {
    if (column.kind === "text") {
      const known = this.#knownTexts(column);
      const valueAt = (index: number): string | undefined => textAt(column, index);
      const codeAt = (index: number): number => this.#codeOfText(column, index);
      this.#encodePlaces({ places: column.codes, known, valueAt, codeAt }, rows, into, at, rejections);
    } else if (column.coded !== undefined) {
      const { distinct, codes: places } = column.coded;
      const known = this.#knownOf(distinct, distinct.length);
      const valueAt = (index: number): number | undefined => numberAt(distinct, index);
      const codeAt = (index: number): number => this.#codeOf(numberAt(distinct, index));
      this.#encodePlaces({ places, known, valueAt, codeAt }, rows, into, at, rejections);
    } else this.#encodeNumbers(column.values, rows, into, at, rejections);
  }

  #encodePlaces(
    { places, known, valueAt, codeAt }: Places,
    rows: number,
    into: Int32Array | Float64Array,
    at: number,
    rejections: Rejections,
  ): void {
    for (let row = 0; row < rows; row++) {
      if (into instanceof Int32Array) row = copyKnown(places, known, row, rows, into, at);
      if (row === rows) return;
      const index = places[row] ?? -1;
      let code = known[index + 1] ?? UNSEEN;
      if (code === UNSEEN) {
        code = codeAt(index);
        known[index + 1] = code;
      }
      if (code === REFUSED) {
        this.#refuse(valueAt(index), row, rejections);
        code = 0;
      }
      into[at + row] = code;
    }
  }

  #refuse(value: string | number | undefined, row: number, rejections: Rejections): void {
    const why = this.#coder.of(value);
    if (typeof why === "string") reject(rejections, row, why);
  }

  #knownTexts(column: TextColumn): Int32Array {
    const { texts } = column;
    if (texts === undefined) return new Int32Array(column.distinct.length + 1).fill(UNSEEN);
    const { ofTexts } = this.#coder;
    const found = this.#known.get(texts);
    if (found !== undefined || ofTexts === undefined) return found ?? this.#knownOf(texts, texts.length);
    const known = new Int32Array(texts.length + 1);
    known[0] = UNSEEN;
    ofTexts(texts, known.subarray(1));
    this.#known.set(texts, known);
    return known;
  }

  #knownOf(dictionary: object, length: number): Int32Array {
    let known = this.#known.get(dictionary);
    if (known === undefined) {
      known = new Int32Array(length + 1).fill(UNSEEN);
      this.#known.set(dictionary, known);
    }
    return known;
  }

  #codeOf(value: string | number | undefined): number {
    return numbered(this.#coder.of(value));
  }

  #codeOfText(column: TextColumn, index: number): number {
    const coder = this.#coder;
    const { texts } = column;
    if (index >= 0 && texts !== undefined && coder.ofBytes !== undefined)
      return numbered(coder.ofBytes(texts.bytes, texts.starts[index] ?? 0, texts.ends[index] ?? 0));
    return this.#codeOf(textAt(column, index));
  }

  #encodeNumbers(
    values: Float64Array,
    rows: number,
    into: Int32Array | Float64Array,
    at: number,
    rejections: Rejections,
  ): void {
    for (let row = 0; row < rows; row++) {
      const value = values[row] ?? Number.NaN;
      let code = this.#ofNumbers.of(value);
      if (code === REFUSED) {
        this.#refuse(Number.isNaN(value) ? undefined : value, row, rejections);
        code = 0;
      }
      into[at + row] = code;
    }
  }
}

function numbered(code: Code): number {
  return typeof code === "number" ? code : REFUSED;
}

function textAt(column: TextColumn, index: number): string | undefined {
  // Strings of a whole list are made where it is asked for `distinct`.
  return index < 0 ? undefined : (column.texts?.stringAt(index) ?? column.distinct[index]);
}

function numberAt(distinct: Float64Array, index: number): number | undefined {
  const value = distinct[index];
  return value === undefined || Number.isNaN(value) ? undefined : value;
}
