import type { Column } from "../core/column.js";

/** Who or what each event is about, as a number that stands for the id within one log. */
export class IdentityColumn {
  readonly #codes: Int32Array;
  readonly #codeOf = new Map<string | number, number>();

  constructor(rows: number) {
    this.#codes = new Int32Array(rows);
  }

  /** Adds `rows` values from row `at` on, with one lookup per distinct text. */
  add(column: Column, rows: number, at: number): void {
    if (column.kind === "text") {
      const codes = column.distinct.map((id) => this.#code(id));
      for (let row = 0; row < rows; row++) this.#codes[at + row] = codes[column.codes[row] ?? -1] ?? -1;
      return;
    }
    for (let row = 0; row < rows; row++) {
      const id = column.values[row] ?? Number.NaN;
      this.#codes[at + row] = Number.isNaN(id) ? -1 : this.#code(id);
    }
  }

  /**
   * The numbers of these rows, -1 where there is no id. Numbered by first appearance in this order, so that sums over
   * ids do not depend on how files were cut.
   */
  inOrder(order: Int32Array): Int32Array {
    const numberOf = new Int32Array(this.#codeOf.size).fill(-1);
    let next = 0;
    return Int32Array.from(order, (row) => {
      const code = this.#codes[row] ?? -1;
      if (code < 0) return -1;
      if (numberOf[code] === -1) numberOf[code] = next++;
      return numberOf[code] ?? -1;
    });
  }

  #code(id: string | number): number {
    const known = this.#codeOf.get(id);
    if (known !== undefined) return known;
    const code = this.#codeOf.size;
    this.#codeOf.set(id, code);
    return code;
  }
}
