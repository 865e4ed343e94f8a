import type { Column } from "../core/column.js";
import { MOST_REMEMBERED, NumberCodes } from "../model/encoders/number-codes.js";

/** Who or what each event is about, as a number that stands for the id within one log, or those before it too. */
export class IdentityNumbers {
  readonly #codeOf = new Map<string, number>();
  /** The same of integers, which are the id that their digits are; -1 where there is none. */
  readonly #ofNumbers = new NumberCodes(MOST_REMEMBERED, (id) =>
    id === undefined ? -1 : this.#code(String(id)),
  );
  /** By code: its number, given when an event of it first comes; -1 before. */
  #numberOf: number[] = [];
  #next = 0;

  /** @param ids that have their numbers already, from 0 on. */
  constructor(ids: readonly string[] = []) {
    for (const id of ids) this.#numberOf[this.#code(id)] = this.#next++;
  }

  /** The id of each number. */
  get ids(): string[] {
    const ids: string[] = [];
    for (const [id, code] of this.#codeOf) {
      const number = this.#numberOf[code] ?? -1;
      if (number >= 0) ids[number] = id;
    }
    return ids;
  }

  /** Codes of `rows` values into [at, at + rows), -1 where there is no id; one lookup per distinct text. */
  encode(column: Column, rows: number, into: Int32Array, at: number): void {
    if (column.kind === "text") {
      const codes = new Int32Array(column.distinct.length).fill(-1);
      for (let row = 0; row < rows; row++) {
        const index = column.codes[row] ?? -1;
        let code = codes[index] ?? -1;
        if (index >= 0 && code < 0) {
          code = this.#code(column.distinct[index] ?? "");
          codes[index] = code;
        }
        into[at + row] = code;
      }
      return;
    }
    for (let row = 0; row < rows; row++) {
      into[at + row] = this.#ofNumbers.of(column.values[row] ?? Number.NaN);
    }
  }

  /**
   * The numbers of these rows, -1 where there is no id. Numbered by first appearance in the order of events, so that sums
   * over ids do not depend on how files were cut.
   */
  inOrder(codes: Int32Array, order: Int32Array): Int32Array {
    const numbers = new Int32Array(order.length);
    for (let at = 0; at < order.length; at++) {
      const code = codes[order[at] ?? 0] ?? -1;
      if (code >= 0 && this.#numberOf[code] === -1) this.#numberOf[code] = this.#next++;
      numbers[at] = code < 0 ? -1 : (this.#numberOf[code] ?? -1);
    }
    return numbers;
  }

  #code(id: string): number {
    const known = this.#codeOf.get(id);
    if (known !== undefined) return known;
    const code = this.#codeOf.size;
    this.#codeOf.set(id, code);
    this.#numberOf.push(-1);
    return code;
  }
}
