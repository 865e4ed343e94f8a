import type { Column, ListColumn } from "../../core/column.js";

/** Undefined where it is missing. */
export type LoggedValue = string | number | undefined;

/** A value as it was logged, or any number of them. */
export type Logged = LoggedValue | readonly LoggedValue[];

/** Rows to compare on: the log columns that the features read, and the source's own scores where it gave some. */
export interface ParityRows {
  kind: "golden" | "log" | "generated";
  rows: number;
  /** By log column. */
  columns: ReadonlyMap<string, Column | ListColumn>;
  /** The source model's scores before the link. */
  golden?: Float64Array;
  /** By feature: the row numbers, or of a dense feature the numbers, that the source's own encoders gave. */
  encoded?: ReadonlyMap<string, Column | ListColumn>;
}

/** What a row has in a column; a null list is an empty one. */
export function loggedAt(column: Column | ListColumn | undefined, row: number): Logged {
  if (column?.kind !== "list") return valueAt(column, row);
  const [from, to] = [column.offsets[row] ?? 0, column.offsets[row + 1] ?? 0];
  return Array.from({ length: to - from }, (_, at) => valueAt(column.values, from + at));
}

/** Values of a bag; of one that was logged as a single value, that one, or none where it is missing. */
export function listOf(logged: Logged): readonly LoggedValue[] {
  if (typeof logged === "object") return logged;
  return logged === undefined ? [] : [logged];
}

/** Lists where a row has one. */
export function anyColumnOf(values: readonly Logged[]): Column | ListColumn {
  if (!values.some((value) => typeof value === "object")) return columnOf(values as readonly LoggedValue[]);
  const lists = values.map(listOf);
  const offsets = new Int32Array(lists.length + 1);
  for (const [row, list] of lists.entries()) offsets[row + 1] = (offsets[row] ?? 0) + list.length;
  return { kind: "list", offsets, values: columnOf(lists.flat()) };
}

/** The value of a row as it was logged; undefined where it is missing. */
export function valueAt(column: Column | undefined, row: number): LoggedValue {
  if (column === undefined) return undefined;
  if (column.kind === "text") return column.distinct[column.codes[row] ?? -1];
  const value = column.values[row] ?? Number.NaN;
  return Number.isNaN(value) ? undefined : value;
}

/** A column of values as they come; numbers alone make a number column, anything else is text. */
export function columnOf(values: readonly LoggedValue[]): Column {
  if (values.every((value) => typeof value !== "string")) {
    return { kind: "number", values: Float64Array.from(values, (value) => value ?? Number.NaN) };
  }
  const places = new Map<string, number>();
  const codes = Int32Array.from(values, (value) => {
    if (value === undefined) return -1;
    const text = String(value);
    const place = places.get(text) ?? places.size;
    places.set(text, place);
    return place;
  });
  return { kind: "text", distinct: [...places.keys()], codes };
}
