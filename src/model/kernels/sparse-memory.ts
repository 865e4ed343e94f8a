import type { ModelState } from "../state.js";
import type { Table } from "../table.js";
import type { Arena } from "./arena.js";
import type { Group } from "./sparse-groups.js";
import { layOut, type SparseLayout } from "./sparse-layout.js";
import { CHUNK_ROWS, Staging } from "./staging.js";

/** The sparse kernel's memory: the state's tables, a model's records, and the events in hand. */
export class SparseMemory {
  readonly staging: Staging;
  /** Of the rows of a chunk. */
  readonly scores: Float64Array;
  readonly #layout: SparseLayout;
  readonly #tables: readonly Table[];
  readonly #view: DataView;

  constructor(arena: Arena, state: ModelState, groups: readonly Group[]) {
    this.#layout = layOut(arena, state, groups);
    this.#tables = state.tables;
    this.#view = new DataView(arena.memory.buffer);
    this.staging = new Staging(arena, this.#layout.columns);
    this.scores = arena.float64(CHUNK_ROWS);
  }

  get bytes(): number {
    return this.#view.byteLength;
  }

  /** Address of the model's record. */
  get model(): number {
    return this.#layout.model;
  }

  takeScores(scores: Float64Array, row: number, rows: number): void {
    if (rows === 1) scores[row] = this.scores[0] ?? 0;
    else scores.set(this.scores.subarray(0, rows), row);
  }

  beforeLearning(): void {
    for (const { table, stepsAt } of this.#layout.paced) this.#view.setFloat64(stepsAt, table.steps, true);
  }

  afterLearning(rows: number): void {
    for (const table of this.#tables) table.steps += rows;
  }

  append(feature: number, id: number): void {
    this.#layout.touched[feature]?.rows.append(id);
  }

  /** What to throw when `event` of a call, from 0, has left the row at this address not finite. */
  diverged(place: number, address: number, norm: number, event: number): Error {
    const table = this.#layout.places[place]?.table;
    if (table === undefined) return new TypeError("a blank place diverged");
    const { weights, stride, width } = table;
    const from = ((address >>> 0) - weights.byteOffset) / weights.BYTES_PER_ELEMENT;
    const k = weights.subarray(from, from + width).findIndex((weight) => !Number.isFinite(weight));
    table.steps += event + 1;
    return table.diverged(from / stride, k, norm);
  }
}
