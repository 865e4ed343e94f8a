import { type ColumnSource, parquetWriteFile } from "hyparquet-writer";
import type { Column, ListColumn, LogSource } from "../../src/core/column.js";

export interface WriteOptions {
  /** Rows of each row group, or of all. */
  rowGroupSize?: number | number[];
  /** Bytes of a page. */
  pageSize?: number;
  codec?: "SNAPPY" | "UNCOMPRESSED";
}

/** A Parquet file (data pages version 2) with columns as hyparquet-writer takes them; a null is `null`. */
export function writeParquet(
  path: string,
  columns: readonly ColumnSource[],
  options: WriteOptions = {},
): void {
  parquetWriteFile({ filename: path, columnData: [...columns], ...options });
}

export type Value = string | number | null | Value[];

export function valuesOf(column: Column | ListColumn | undefined): Value[] {
  if (column === undefined) throw new Error("no such column");
  if (column.kind === "list") {
    const { offsets, nulls } = column;
    const values = valuesOf(column.values);
    if (offsets[0] !== 0 || offsets.at(-1) !== values.length) throw new Error("offsets that do not add up");
    return Array.from(offsets.subarray(1), (end, row) =>
      nulls?.[row] === 1 ? null : values.slice(offsets[row], end),
    );
  }
  if (column.kind === "text") return Array.from(column.codes, (code) => column.distinct[code] ?? null);
  return Array.from(column.values, (value, row) => (column.nulls?.[row] === 1 ? null : value));
}

/** All rows of a log, column by column, in order. */
export async function readColumns(
  source: LogSource,
  names: readonly string[],
  rowsAtOnce?: number,
): Promise<Record<string, Value[]>> {
  const read = new Map(names.map((name) => [name, [] as Value[]]));
  for await (const { columns, lists, rows } of source.read(names, { rowsAtOnce })) {
    for (const name of names) {
      const values = valuesOf(columns.get(name) ?? lists.get(name));
      if (values.length !== rows) throw new Error(`${values.length} values in ${rows} rows`);
      read.get(name)?.push(...values);
    }
  }
  return Object.fromEntries(read);
}
