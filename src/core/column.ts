/**
 * One column of one row group, as the reader hands it over: no per-row objects.
 * Every distinct text is decoded once; rows point at it.
 */
export type Column = TextColumn | NumberColumn;

export interface TextColumn {
  kind: "text";
  /** Distinct values, in order of first appearance in the row group's pages; may hold repeats across pages. */
  distinct: readonly string[];
  /** Per row, the index into `distinct`; -1 where the value is null. */
  codes: Int32Array;
}

export interface NumberColumn {
  kind: "number";
  /** Per row; NaN where the value is null. Times are microseconds since the epoch, booleans 0 or 1. */
  values: Float64Array;
  /** 1 where the value is null; absent when no value is. */
  nulls?: Uint8Array;
}

/** Any number of values a row: row r has values [offsets[r], offsets[r + 1]) of `values`. */
export interface ListColumn {
  kind: "list";
  /** One more than there are rows, ascending from 0. */
  offsets: Int32Array;
  values: Column;
  /** 1 where the list itself is null, and so has no values; absent when no list is. */
  nulls?: Uint8Array;
}

/** `integer` beyond 2^53 arrives as a TextColumn of decimal digits, so that no id is rounded. */
export type ValueType = "text" | "integer" | "float" | "boolean" | "timestamp";

export type ColumnType = ValueType | `list of ${ValueType}` | "unsupported";

/** One value a row. */
export function isFlat(type: ColumnType): type is ValueType {
  return type !== "unsupported" && !isList(type);
}

export function isList(type: ColumnType): type is `list of ${ValueType}` {
  return type.startsWith("list of ");
}

export interface ColumnDescription {
  name: string;
  type: ColumnType;
  /** As the file says it, e.g. `INT64 TIMESTAMP_MICROS`, or `partition` for a Hive folder key. */
  physicalType: string;
}

export interface FileDescription {
  /** As given or found; files are in byte order of this. */
  path: string;
  bytes: number;
  rows: number;
  rowGroups: readonly { rows: number; bytes: number }[];
  createdBy: string;
  /** Hive keys of the folders above the file (`month=2013-04`). */
  partition: Readonly<Record<string, string>>;
}

export interface LogDescription {
  files: readonly FileDescription[];
  /** The columns that every file has, Hive keys last. */
  columns: readonly ColumnDescription[];
  rows: number;
}

export interface RowGroupColumns {
  /** Index into LogDescription.files. */
  file: number;
  rowGroup: number;
  /** Row of the file at which this row group starts. */
  firstRow: number;
  rows: number;
  /** Of the pages that were read, as they lie in the file. */
  bytes: number;
  /** Those of one value a row. */
  columns: ReadonlyMap<string, Column>;
  lists: ReadonlyMap<string, ListColumn>;
}

/** A log of any number of files, read column-wise, one row group at a time, in file order. */
export interface LogSource {
  /** From the footers alone. */
  describe(): Promise<LogDescription>;
  /** Errors: a missing column (with the nearest name), a damaged page, rows that do not add up to the footer's. */
  read(columns: readonly string[]): AsyncIterable<RowGroupColumns>;
}
