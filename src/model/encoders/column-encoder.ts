import type { Column, TextColumn } from "../../core/column.js";
import { type RejectionReason, type Rejections, reject } from "../../core/rejections.js";
import type { Texts } from "../../core/texts.js";
import type { BytesToRow } from "./hash-bucket.js";
import type { TextsToRows } from "./hash-kernel.js";

/** A row of the feature's tables, a new id (see FeatureColumn), or why there is neither. */
export type Code = number | RejectionReason;

/** One distinct value (undefined where it is missing) -> its code. */
export interface Coder {
  of(value: string | number | undefined): Code;
  /** The same of a text that is still bytes, where no string is needed for it. */
  ofBytes?: BytesToRow;
  /** The same of all texts of a list, where that is faster. */
  ofTexts?: TextsToRows | undefined;
}

/** No code is as low as these. */
const UNSEEN = -(2 ** 31);
const REFUSED = UNSEEN + 1;
/** Numbers whose codes are remembered: the same ones come in every block. */
const MOST_REMEMBERED = 1_000_000;

/** Encodes columns: one call of the coder per distinct text of a dictionary, or number. */
export class ColumnEncoder {
  readonly #coder: Coder;
  /**
   * Of texts that blocks share, by place in the list; the null's first. Texts that no row points at must not become new
   * ids, so codes are made late.
   */
  readonly #ofTexts = new WeakMap<Texts, Int32Array>();
  readonly #ofNumbers = new Map<number, Code>();

  constructor(coder: Coder) {
    this.#coder = coder;
  }

  /** `rows` values into `into[at ...]`; one that has no code is marked in `rejections`, and 0. */
  encode(
    column: Column,
    rows: number,
    into: Int32Array | Float64Array,
    at: number,
    rejections: Rejections,
  ): void {
    if (column.kind === "text") this.#encodeTexts(column, rows, into, at, rejections);
    else this.#encodeNumbers(column.values, rows, into, at, rejections);
  }

  #encodeTexts(
    column: TextColumn,
    rows: number,
    into: Int32Array | Float64Array,
    at: number,
    rejections: Rejections,
  ): void {
    const { codes: places, texts } = column;
    const known = this.#known(column);
    for (let row = 0; row < rows; row++) {
      if (into instanceof Int32Array) row = copyKnown(places, known, row, rows, into, at);
      if (row === rows) return;
      const place = (places[row] ?? -1) + 1;
      let code = known[place] ?? UNSEEN;
      if (code === UNSEEN) {
        code = this.#codeOfText(column, texts, place - 1);
        known[place] = code;
      }
      if (code === REFUSED) {
        const why = this.#coder.of(place === 0 ? undefined : column.distinct[place - 1]);
        if (typeof why === "string") reject(rejections, row, why);
        code = 0;
      }
      into[at + row] = code;
    }
  }

  #known(column: TextColumn): Int32Array {
    const { texts } = column;
    if (texts === undefined) return new Int32Array(column.distinct.length + 1).fill(UNSEEN);
    let known = this.#ofTexts.get(texts);
    if (known === undefined) {
      const { ofTexts } = this.#coder;
      known = new Int32Array(texts.length + 1);
      if (ofTexts === undefined) known.fill(UNSEEN);
      else {
        known[0] = UNSEEN;
        ofTexts(texts, known.subarray(1));
      }
      this.#ofTexts.set(texts, known);
    }
    return known;
  }

  #codeOfText(column: TextColumn, texts: Texts | undefined, index: number): number {
    const { ofBytes } = this.#coder;
    if (index >= 0 && texts !== undefined && ofBytes !== undefined)
      return ofBytes(texts.bytes, texts.starts[index] ?? 0, texts.ends[index] ?? 0);
    const text = index < 0 ? undefined : (texts?.stringAt(index) ?? column.distinct[index]);
    const code = this.#coder.of(text);
    return typeof code === "number" ? code : REFUSED;
  }

  #encodeNumbers(
    values: Float64Array,
    rows: number,
    into: Int32Array | Float64Array,
    at: number,
    rejections: Rejections,
  ): void {
    const known = this.#ofNumbers;
    if (known.size > MOST_REMEMBERED) known.clear();
    for (let row = 0; row < rows; row++) {
      const value = values[row] ?? Number.NaN;
      let code = known.get(value);
      if (code === undefined) {
        code = this.#coder.of(Number.isNaN(value) ? undefined : value);
        known.set(value, code);
      }
      if (typeof code === "string") {
        reject(rejections, row, code);
        code = 0;
      }
      into[at + row] = code;
    }
  }
}

/** The codes of rows from `from` on, up to the first whose text has none yet: that row, or `rows`. */
function copyKnown(
  places: Int32Array,
  known: Int32Array,
  from: number,
  rows: number,
  into: Int32Array,
  at: number,
): number {
  for (let row = from; row < rows; row++) {
    const code = known[(places[row] ?? -1) + 1] ?? UNSEEN;
    if (code <= REFUSED) return row;
    into[at + row] = code;
  }
  return rows;
}
