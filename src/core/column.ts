import type { Texts } from "./texts.js";

/**
 * One column of a stretch of rows of one row group, as the reader hands it over: no per-row objects.
 * Every distinct text is decoded once; rows point at it.
 */
export type Column = TextColumn | NumberColumn;

export interface TextColumn {
  kind: "text";
  /** Values that rows point at: each once or more often, and some that no row here has. */
  readonly distinct: readonly string[];
  /** Per row, the index into `distinct`; -1 where the value is null. */
  codes: Int32Array;
  /** The same values as bytes, from a reader that makes strings only where they are asked for. */
  texts?: Texts;
}

export interface NumberColumn {
  kind: "number";
  /** Per row; NaN where the value is null. Times are microseconds since the epoch, booleans 0 or 1. */
  readonly values: Float64Array;
  /** 1 where the value is null; absent when no value is. */
  nulls?: Uint8Array;
  /** The same as indices into a dictionary, -1 where null; absent where the file has none. */
  coded?: CodedNumbers;
}

/** Columns that share a dictionary share the array, so that work per distinct number is done once for all of them. */
export interface CodedNumbers {
  distinct: Float64Array;
  codes: Int32Array;
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

/** Some rows of one row group that follow each other. */
export interface RowGroupColumns extends RowGroupRef {
  /** Row of the file at which these rows start. */
  firstRow: number;
  rows: number;
  /** Of the pages that were read for the row group, as they lie in the file; with its first rows, 0 afterwards. */
  bytes: number;
  /** Those of one value a row. */
  columns: ReadonlyMap<string, Column>;
  lists: ReadonlyMap<string, ListColumn>;
}

export interface RowGroupRef {
  /** Index into LogDescription.files. */
  file: number;
  rowGroup: number;
}

export interface ReadOptions {
  /** The most rows that come at once. */
  rowsAtOnce?: number | undefined;
  /** Only these, in this order; default: all of them, in file order. */
  rowGroups?: readonly RowGroupRef[] | undefined;
}

/** Few enough that a block of them lies in a processor's cache, and enough that what is done per block is little. */
export const ROWS_AT_ONCE = 32_768;

/** A log of any number of files, read column-wise, a stretch of a row group at a time. */
export interface LogSource {
  /** From the footers alone. */
  describe(): Promise<LogDescription>;
  /** Errors: a missing column (with the nearest name), a damaged page, rows that do not add up to the footer's. */
  read(columns: readonly string[], options?: ReadOptions): AsyncIterable<RowGroupColumns>;
}
