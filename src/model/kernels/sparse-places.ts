import type { FeatureRows } from "../feature-rows.js";
import type { ModelState } from "../state.js";
import type { Arena } from "./arena.js";
import type { Group, Place } from "./sparse-groups.js";
import { GROUP_KINDS, type KernelRecord, optimizerFields } from "./sparse-records.js";
import type { StagedColumn } from "./staging.js";

/** A place of the model; a blank where a group of single weights would not fill the last step of the kernel. */
export type Numbered = Place | undefined;

/** A feature whose ids are counted, or new, and where its column begins in a region. */
export interface Touched {
  rows: FeatureRows;
  column: number;
}

/** Single weights are summed two at a time, and learned two at a time in float64, four in float32. */
export function numberedPlaces(group: Group): Numbered[] {
  const { kind, places } = group;
  if (kind !== "weights") return [...places];
  const lanes = places[0]?.table.weights instanceof Float32Array ? 4 : 2;
  return Array.from({ length: lanes * Math.ceil(summedPlaces(group) / lanes) }, (_, index) => places[index]);
}

/** Places of the sums of single weights: the bias by itself, the others by twos. */
function summedPlaces({ hasBias, places }: Group): number {
  const bias = hasBias ? 1 : 0;
  return bias + 2 * Math.ceil((places.length - bias) / 2);
}

/** The columns that the places read, each once. */
export function columnsOf(places: readonly Numbered[]): StagedColumn[] {
  const columns = new Map<string, StagedColumn>();
  for (const place of places) {
    const source = place?.source;
    if (source !== undefined && source.kind !== "constant") columns.set(source.feature, source);
  }
  return [...columns.values()];
}

export function touchedOf(
  columns: readonly StagedColumn[],
  state: ModelState,
  offset: (feature: string) => number,
): Touched[] {
  return columns.flatMap(({ kind, feature }) => {
    if (kind === "values") return [];
    const rows = state.rows(feature);
    return rows.counts.length + rows.newIds.length === 0 ? [] : [{ rows, column: offset(feature) }];
  });
}

/** The feature's own arrays from now on. */
export function moveRows(arena: Arena, rows: FeatureRows): void {
  const counts = arena.float64(rows.counts.length);
  counts.set(rows.counts);
  rows.counts = counts;
  const rowOfNewId = arena.int32(rows.rowOfNewId.length);
  rowOfNewId.set(rows.rowOfNewId);
  rows.rowOfNewId = rowOfNewId;
}

/** The record of each place whose row or factor depends on the event; those whose feature has new ids come last. */
export function partsOf(
  places: readonly Numbered[],
  state: ModelState,
  offset: (feature: string) => number,
): { grows: boolean; integers: number[] }[] {
  const parts = places.flatMap((place, index) => {
    if (place === undefined || place.source.kind === "constant") return [];
    const { table, source } = place;
    const column = offset(source.feature);
    if (source.kind === "values") return [{ grows: false, integers: [0, index, column, 0, 0, 0] }];
    const rows = state.rows(source.feature);
    const grows = rows.newIds.length > 0;
    const stride = table.stride * table.weights.BYTES_PER_ELEMENT;
    const newIds = grows ? rows.rowOfNewId.byteOffset : 0;
    return [{ grows, integers: [1, index, column, table.weights.byteOffset, stride, newIds] }];
  });
  return [...parts.filter(({ grows }) => !grows), ...parts.filter(({ grows }) => grows)];
}

export function featureRecord({ rows, column }: Touched, index: number): KernelRecord {
  const counts = rows.counts.length === 0 ? 0 : rows.counts.byteOffset;
  return { integers: [index, column, rows.rowOfNewId.byteOffset, rows.unknownRow, counts] };
}

/** Doubles of a group's own: sums, two gradients, each with room for an even number; six times four float32. */
export function scratchLength({ width }: Group): number {
  return 3 * (width + 1) + 12;
}

/** `first`: the number of its first place. `squares`: of all places. */
export function groupRecord(
  group: Group,
  { first, squares, scratch }: { first: number; squares: Float64Array; scratch: Float64Array },
): KernelRecord {
  const { kind, width, optimizer, places } = group;
  const { number, isBare, isDecaying, settings } = optimizerFields(optimizer, kind !== "weights");
  const [table] = places.map((place) => place.table);
  const slot = width * (table?.weights.BYTES_PER_ELEMENT ?? 0);
  const end = first + numberedPlaces(group).length;
  const own = scratch.byteOffset;
  const vector = 8 * (width + 1);
  return {
    integers: [
      ...[GROUP_KINDS[kind], number, first, end, width, slot],
      ...[isBare, isDecaying, table?.optimizer.usesStep ?? false, group.hasBias].map(Number),
      ...[first + summedPlaces(group), Number(places.some(({ source }) => source.kind === "values"))],
      ...[squares.byteOffset, own, own + vector, own + 3 * vector],
    ],
    doubles: settings,
  };
}
