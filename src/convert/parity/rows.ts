import type { Column } from "../../core/column.js";

/** Rows to compare on: the log columns that the features read, and the source's own scores where it gave some. */
export interface ParityRows {
  kind: "golden" | "log" | "generated";
  rows: number;
  /** By log column. */
  columns: ReadonlyMap<string, Column>;
  /** The source model's scores before the link. */
  golden?: Float64Array;
}

/** The value of a row as it was logged; undefined where it is missing. */
export function valueAt(column: Column | undefined, row: number): string | number | undefined {
  if (column === undefined) return undefined;
  if (column.kind === "text") return column.distinct[column.codes[row] ?? -1];
  const value = column.values[row] ?? Number.NaN;
  return Number.isNaN(value) ? undefined : value;
}

/** A column of values as they come; numbers alone make a number column, anything else is text. */
export function columnOf(values: readonly (string | number | undefined)[]): Column {
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
