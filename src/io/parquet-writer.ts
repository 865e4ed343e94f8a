import type { SchemaElement } from "hyparquet";
import type { ColumnSource } from "hyparquet-writer";
import { parquetWriteFile } from "hyparquet-writer";
import { ioError } from "./io-error.js";

/** A column to write; no value is null. */
export type OutputColumn = { name: string } & (
  | { kind: "double"; values: Float64Array }
  | { kind: "integer"; values: Int32Array }
  /** Microseconds since the epoch. */
  | { kind: "timestamp"; values: Float64Array }
  | { kind: "text"; values: readonly string[] }
);

/** Writes one Parquet file (snappy). The caller owns the path: see writeFile. */
export function writeParquet(path: string, columns: readonly OutputColumn[], rowGroupRows: number): void {
  const rows = columns[0]?.values.length ?? 0;
  const schema: SchemaElement[] = [{ name: "root", num_children: columns.length }, ...columns.map(elementOf)];
  const columnData: ColumnSource[] = columns.map((column) => ({ name: column.name, data: dataOf(column) }));
  try {
    parquetWriteFile({
      filename: path,
      schema,
      columnData,
      rowGroupSize: Math.max(1, Math.min(rows, rowGroupRows)),
    });
  } catch (error) {
    throw ioError(error, path);
  }
}

function elementOf({ name, kind }: OutputColumn): SchemaElement {
  const repetition_type = "REQUIRED";
  switch (kind) {
    case "double":
      return { name, type: "DOUBLE", repetition_type };
    case "integer":
      return { name, type: "INT32", repetition_type };
    case "timestamp":
      return { name, type: "INT64", converted_type: "TIMESTAMP_MICROS", repetition_type };
    case "text":
      return { name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type };
  }
}

function dataOf(column: OutputColumn): ColumnSource["data"] {
  if (column.kind === "timestamp")
    return BigInt64Array.from(column.values, (micros) => BigInt(Math.round(micros)));
  return column.kind === "text" ? [...column.values] : column.values;
}
