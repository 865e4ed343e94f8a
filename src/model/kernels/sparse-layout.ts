import type { ModelState } from "../state.js";
import type { Table } from "../table.js";
import { type Arena, alignedBytes } from "./arena.js";
import { interleave, interleavedBytes } from "./interleave.js";
import type { Group } from "./sparse-groups.js";
import {
  columnsOf,
  featureRecord,
  groupRecord,
  moveRows,
  type Numbered,
  numberedPlaces,
  partsOf,
  scratchLength,
  type Touched,
  touchedOf,
} from "./sparse-places.js";
import { BLOCK, putRecords, RECORD_BYTES, STEPS_AT } from "./sparse-records.js";
import { CHUNK_ROWS, columnOffsets, type StagedColumn, Staging } from "./staging.js";

/** Where a model lies in a kernel's memory. */
export interface SparseLayout {
  /** Address of the model's record. */
  model: number;
  places: readonly Numbered[];
  columns: readonly StagedColumn[];
  touched: readonly Touched[];
  /** Groups whose rate depends on the number of updates, and where their records keep it. */
  paced: readonly { table: Table; stepsAt: number }[];
}

/** Moves the state into the memory and writes the records of kernels/sparse/records.ts. */
export function layOut(arena: Arena, state: ModelState, groups: readonly Group[]): SparseLayout {
  const places = groups.flatMap(numberedPlaces);
  const columns = columnsOf(places);
  const { offsets } = columnOffsets(columns);
  const offsetOf = new Map(columns.map(({ feature }, index) => [feature, offsets[index] ?? 0]));
  const offset = (feature: string): number => offsetOf.get(feature) ?? 0;
  const touched = touchedOf(columns, state, offset);
  for (const table of state.tables) interleave(arena, table);
  for (const { rows } of touched) moveRows(arena, rows);

  const parts = partsOf(places, state, offset);
  const growing = parts.filter(({ grows }) => grows).length;
  const { addresses, paced } = putGroups(arena, groups, moveSquares(arena, places));
  const model = putRecords(arena, "model", [
    {
      integers: [
        ...[addresses, groups.length, putRecords(arena, "part", parts), parts.length, parts.length - growing],
        ...[putRecords(arena, "feature", touched.map(featureRecord)), touched.length],
        ...[...blockOf(arena, places), places.length],
        ...[state.spec.learner.link === "squared" ? 1 : 0, CHUNK_ROWS, 0],
      ],
    },
  ]);
  return { model, places, columns, touched, paced };
}

/** Bytes of all that layOut takes, and of what stages a batch's rows. */
export function sparseBytes(state: ModelState, groups: readonly Group[]): number {
  const places = groups.flatMap(numberedPlaces);
  const columns = columnsOf(places);
  const { part, feature, group, model } = RECORD_BYTES;
  const sizes = [
    ...state.tables.map(interleavedBytes),
    ...touchedOf(columns, state, () => 0).flatMap(({ rows: { counts, rowOfNewId } }) => [
      counts.byteLength,
      rowOfNewId.byteLength,
    ]),
    ...groups.map((one) => 8 * scratchLength(one)),
    ...[8 * places.length, 4 * BLOCK * places.length, 8 * BLOCK * places.length, 8 * BLANK_LENGTH],
    ...[part * places.length, feature * columns.length, group * groups.length, model],
    ...[Staging.bytes(columns), 8 * CHUNK_ROWS],
  ];
  return sizes.reduce((sum, bytes) => sum + alignedBytes(bytes), 0);
}

/** What a blank's row is: a weight and its slots. */
const BLANK_LENGTH = 4;

/** Addresses of the rows and of the factors of a block, [places, BLOCK]: those that depend on no event stay. */
function blockOf(arena: Arena, places: readonly Numbered[]): [rows: number, factors: number] {
  const blank = arena.float64(BLANK_LENGTH);
  const rows = arena.int32(BLOCK * places.length);
  const factors = arena.float64(BLOCK * places.length);
  places.forEach((place, index) => {
    rows.fill((place?.table.weights ?? blank).byteOffset, index * BLOCK, (index + 1) * BLOCK);
    factors.fill(place === undefined ? 0 : 1, index * BLOCK, (index + 1) * BLOCK);
  });
  return [rows.byteOffset, factors.byteOffset];
}

/** The tables' own sums of squares from now on, by place. */
function moveSquares(arena: Arena, places: readonly Numbered[]): Float64Array {
  const squares = arena.float64(places.length);
  places.forEach((place, index) => {
    if (place === undefined) return;
    squares[index] = place.table.gradientSquares[0] ?? 0;
    place.table.gradientSquares = squares.subarray(index, index + 1);
  });
  return squares;
}

function putGroups(
  arena: Arena,
  groups: readonly Group[],
  squares: Float64Array,
): { addresses: number; paced: SparseLayout["paced"] } {
  let first = 0;
  const records = groups.map((group) => {
    const record = groupRecord(group, { first, squares, scratch: arena.float64(scratchLength(group)) });
    first += numberedPlaces(group).length;
    return record;
  });
  const addresses = putRecords(arena, "group", records);
  const paced = groups.flatMap(({ places: [place] }, index) =>
    place?.table.optimizer.usesStep
      ? [{ table: place.table, stepsAt: addresses + index * RECORD_BYTES.group + STEPS_AT }]
      : [],
  );
  return { addresses, paced };
}
