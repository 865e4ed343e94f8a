import { readFileSync } from "node:fs";
import { type OutputColumn, writeParquet } from "../../src/io/parquet-writer.js";

const ROWS = 40;

export type GoldenColumns = Record<string, number[]>;

/** Golden outputs as equal-length columns; a list of rows of numbers becomes a column each, d0, d1 ... */
export function goldenColumns(path: string): GoldenColumns {
  const read = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  const { weights: _, ...rest } = { ...read, ...(read["inputs"] as object | undefined) };
  const columns: GoldenColumns = {};
  for (const [name, values] of Object.entries(rest)) {
    if (!Array.isArray(values) || /^onnx/.test(name)) continue;
    const [first] = values as (number | number[])[];
    if (!Array.isArray(first)) columns[name] = values as number[];
    else for (const k of first.keys()) columns[`d${k}`] = (values as number[][]).map((row) => row[k] ?? 0);
  }
  return columns;
}

/** A log of the golden rows' inputs, over four days. */
export function logOf(path: string, { prob: _prob, logit: _logit, ...inputs }: GoldenColumns): void {
  const repeated = (values: readonly number[]): number[] =>
    Array.from({ length: ROWS }, (_, row) => values[row % values.length] ?? 0);
  const each = (of: (row: number) => number): Float64Array =>
    Float64Array.from({ length: ROWS }, (_, row) => of(row));
  const columns: OutputColumn[] = [
    { name: "at", kind: "timestamp", values: each((row) => (Date.UTC(2024, 0, 1) + row * 8_640_000) * 1000) },
    { name: "clicked", kind: "integer", values: Int32Array.from(each((row) => row % 2)) },
    ...Object.entries(inputs).map(
      ([column, values]): OutputColumn =>
        values.every(Number.isInteger)
          ? { name: column, kind: "integer", values: Int32Array.from(repeated(values)) }
          : { name: column, kind: "double", values: Float64Array.from(repeated(values)) },
    ),
  ];
  writeParquet(path, columns, ROWS);
}
