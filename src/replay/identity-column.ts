import type { Column } from "../core/column.js";

/** Who or what an event is about, as a number that stands for the id within one log; -1 where there is none. */
export class IdentityColumn {
  readonly codes: Int32Array;
  readonly #codeOf = new Map<string | number, number>();

  constructor(rows: number) {
    this.codes = new Int32Array(rows);
  }

  /** Adds `rows` values from row `at` on, with one lookup per distinct text. */
  add(column: Column, rows: number, at: number): void {
    if (column.kind === "text") {
      const codes = column.distinct.map((id) => this.#code(id));
      for (let row = 0; row < rows; row++) this.codes[at + row] = codes[column.codes[row] ?? -1] ?? -1;
      return;
    }
    for (let row = 0; row < rows; row++) {
      const id = column.values[row] ?? Number.NaN;
      this.codes[at + row] = Number.isNaN(id) ? -1 : this.#code(id);
    }
  }

  #code(id: string | number): number {
    const known = this.#codeOf.get(id);
    if (known !== undefined) return known;
    const code = this.#codeOf.size;
    this.#codeOf.set(id, code);
    return code;
  }
}
