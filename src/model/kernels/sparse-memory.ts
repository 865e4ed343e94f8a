import type { ModelState } from "../state.js";
import type { Table } from "../table.js";
import { type Arena, alignedBytes } from "./arena.js";
import { interleave, interleavedBytes } from "./interleave.js";
import { BLOCK, RECORD_BYTES, STEPS_AT, writeRecord } from "./records.js";
import type { Group } from "./sparse-groups.js";
import {
  columnsOf,
  moveRows,
  type Numbered,
  numberedPlaces,
  partsOf,
  type Touched,
  touchedOf,
  writeGroup,
} from "./sparse-places.js";
import { CHUNK_ROWS, columnOffsets, Staging } from "./staging.js";

/** Sums, and the gradients of two rows. */
const SCRATCH_ROWS = 3;

/** The sparse kernel's memory: the state's tables, a model's records, and the events in hand. */
export class SparseMemory {
  /** Address of the model's record. */
  readonly model: number;
  readonly staging: Staging;
  /** Of the rows of a chunk. */
  readonly scores: Float64Array;
  readonly #places: readonly Numbered[];
  readonly #tables: readonly Table[];
  readonly #touched: readonly Touched[];
  /** Groups whose rate depends on the number of updates. */
  readonly #paced: readonly { table: Table; at: number }[];
  readonly #view: DataView;

  constructor(arena: Arena, state: ModelState, groups: readonly Group[]) {
    this.#view = new DataView(arena.memory.buffer);
    const places = numbered(groups);
    this.#places = places;
    this.#tables = state.tables;
    const columns = columnsOf(places);
    const { offsets } = columnOffsets(columns);
    const offsetOf = new Map(columns.map(({ feature }, index) => [feature, offsets[index] ?? 0]));
    const offset = (feature: string): number => offsetOf.get(feature) ?? 0;
    for (const table of state.tables) interleave(arena, table);
    const squares = arena.float64(places.length);
    places.forEach((place, index) => {
      if (place === undefined) return;
      squares[index] = place.table.gradientSquares[0] ?? 0;
      place.table.gradientSquares = squares.subarray(index, index + 1);
    });
    this.#touched = touchedOf(columns, state, offset);
    for (const { rows } of this.#touched) moveRows(arena, rows);

    const blank = arena.float64(4);
    const rows = arena.int32(BLOCK * places.length);
    const factors = arena.float64(BLOCK * places.length);
    places.forEach((place, index) => {
      rows.fill((place?.table.weights ?? blank).byteOffset, index * BLOCK, (index + 1) * BLOCK);
      factors.fill(place === undefined ? 0 : 1, index * BLOCK, (index + 1) * BLOCK);
    });
    const parts = partsOf(places, state, offset);
    const partRecords = arena.bytes(RECORD_BYTES.part * parts.length).byteOffset;
    parts.forEach(({ fields }, index) => {
      writeRecord(this.#view, partRecords + index * RECORD_BYTES.part, fields);
    });
    const featureRecords = arena.bytes(RECORD_BYTES.feature * this.#touched.length).byteOffset;
    this.#touched.forEach(({ rows, column }, index) => {
      const counts = rows.counts.length === 0 ? 0 : rows.counts.byteOffset;
      const fields = [index, column, rows.rowOfNewId.byteOffset, rows.unknownRow, counts];
      writeRecord(this.#view, featureRecords + index * RECORD_BYTES.feature, fields);
    });
    const groupRecords = arena.bytes(RECORD_BYTES.group * groups.length).byteOffset;
    const paced: { table: Table; at: number }[] = [];
    let first = 0;
    groups.forEach((group, index) => {
      const at = groupRecords + index * RECORD_BYTES.group;
      const count = numberedPlaces(group).length;
      writeGroup(this.#view, at, group, { first, squares, scratch: scratchOf(arena, group) });
      const table = group.places[0]?.table;
      if (table?.optimizer.usesStep) paced.push({ table, at: at + STEPS_AT });
      first += count;
    });
    this.#paced = paced;
    this.model = arena.bytes(RECORD_BYTES.model).byteOffset;
    const growing = parts.findIndex(({ grows }) => grows);
    writeRecord(this.#view, this.model, [
      ...[groupRecords, groups.length, partRecords, parts.length, growing < 0 ? parts.length : growing],
      ...[featureRecords, this.#touched.length, rows.byteOffset, factors.byteOffset, places.length],
      ...[state.spec.learner.link === "squared" ? 1 : 0, CHUNK_ROWS, 0],
    ]);
    this.staging = new Staging(arena, columns);
    this.scores = arena.float64(CHUNK_ROWS);
  }

  takeScores(scores: Float64Array, row: number, rows: number): void {
    if (rows === 1) scores[row] = this.scores[0] ?? 0;
    else scores.set(this.scores.subarray(0, rows), row);
  }

  beforeLearning(): void {
    for (const { table, at } of this.#paced) this.#view.setFloat64(at, table.steps, true);
  }

  afterLearning(rows: number): void {
    for (const table of this.#tables) table.steps += rows;
  }

  append(feature: number, id: number): void {
    this.#touched[feature]?.rows.append(id);
  }

  /** What to throw when `event` of a call, from 0, has left the row at this address not finite. */
  diverged(place: number, address: number, norm: number, event: number): Error {
    const table = this.#places[place]?.table;
    if (table === undefined) return new TypeError("a blank place diverged");
    const { weights, stride, width } = table;
    const from = ((address >>> 0) - weights.byteOffset) / weights.BYTES_PER_ELEMENT;
    const k = weights.subarray(from, from + width).findIndex((weight) => !Number.isFinite(weight));
    table.steps += event + 1;
    return table.diverged(from / stride, k, norm);
  }
}

/** Bytes of all that SparseMemory takes. */
export function sparseBytes(state: ModelState, groups: readonly Group[]): number {
  const places = numbered(groups);
  const columns = columnsOf(places);
  const sizes = [
    ...state.tables.map(interleavedBytes),
    ...[8 * places.length, 32, 4 * BLOCK * places.length, 8 * BLOCK * places.length],
    ...[RECORD_BYTES.part * places.length, RECORD_BYTES.feature * columns.length],
    ...[RECORD_BYTES.group * groups.length, RECORD_BYTES.model, Staging.bytes(columns), 8 * CHUNK_ROWS],
    ...groups.map(({ width }) => 8 * SCRATCH_ROWS * (width + 1)),
    ...touchedOf(columns, state, () => 0).flatMap(({ rows }) => [
      rows.counts.byteLength,
      rows.rowOfNewId.byteLength,
    ]),
  ];
  return sizes.reduce((sum, bytes) => sum + alignedBytes(bytes), 0);
}

function numbered(groups: readonly Group[]): Numbered[] {
  return groups.flatMap(numberedPlaces);
}

/** Sums and two gradients of a group's vectors, each with room for an even number. */
function scratchOf(arena: Arena, { width }: Group): Float64Array {
  return arena.float64(SCRATCH_ROWS * (width + 1));
}
