import type { Table } from "../table.js";
import { type DeepLayout, DIVERGED_AT, WORDS } from "./deep-layout.js";
import type { DeepParts } from "./deep-parts.js";

/** What the kernel leaves of an update, beside the weights. */
export class Outcome {
  readonly #tables: readonly { table: Table; squares: Float64Array }[];
  /** Of each half: 1 + the table's place, row, and the row's place in the order; and the square of the gradient's norm. */
  readonly #diverged: readonly { words: Int32Array; squares: Float32Array }[];

  constructor({ tables }: DeepParts, layout: DeepLayout, buffer: ArrayBufferLike) {
    this.#tables = tables.map(({ table }) => ({
      table,
      squares: new Float64Array(buffer, layout.tableOf.get(table)?.squares ?? 0, 2),
    }));
    this.#diverged = layout.halfOf.map((_, half) => {
      const at = layout.halves + 4 * (WORDS.half * half + DIVERGED_AT);
      return { words: new Int32Array(buffer, at, 3), squares: new Float32Array(buffer, at + 12, 1) };
    });
  }

  /** Counts the update in its tables. Error: a weight that is not finite any more. */
  take(): void {
    for (const { table, squares } of this.#tables) {
      table.steps += 1;
      table.gradientSquares[0] = (table.gradientSquares[0] ?? 0) + (squares[0] ?? 0) + (squares[1] ?? 0);
      squares.fill(0);
    }
    this.#throwDiverged();
  }

  /** Of the first row, in the order of tables and of their rows. */
  #throwDiverged(): void {
    const found = this.#diverged.flatMap(({ words, squares }) => {
      const [place = 0, row = 0, order = 0] = words;
      return place === 0 ? [] : [{ place, row, order, norm: Math.sqrt(squares[0] ?? 0) }];
    });
    found.sort((a, b) => a.place - b.place || a.order - b.order);
    const [first] = found;
    const table = first === undefined ? undefined : this.#tables[first.place - 1]?.table;
    if (first === undefined || table === undefined) return;
    const start = first.row * table.width;
    const weights = table.weights.subarray(start, start + table.width);
    const k = weights.findIndex((weight) => !Number.isFinite(weight));
    throw table.diverged(first.row, k, first.norm);
  }
}
