import { type Column, isFlat } from "../core/column.js";
import { UnbatchError } from "../core/errors.js";
import { readWhole } from "./files.js";
import { openLog } from "./log-source.js";
import { cellsOf, linesOf } from "./vocabulary-text.js";

const MAX_BYTES = 2 ** 28;

export type Cell = string | number | undefined;

/** A small table in memory: columns of equal length by name, in the file's order. */
export interface Table {
  rows: number;
  columns: ReadonlyMap<string, readonly Cell[]>;
}

/**
 * Parquet, CSV with a header line, or JSON (a list of objects, or an object of lists of equal length), by the file's
 * extension. Cells of a CSV are texts. JSON that is an object of numbers becomes the columns key and value.
 * Errors: another extension, a table without rows, columns of different lengths, cells that are neither text nor number.
 */
export async function readTable(path: string): Promise<Table> {
  if (/\.(parquet|parq)$/i.test(path)) return parquetTable(path);
  const isJson = /\.json$/i.test(path);
  if (!isJson && !/\.csv$/i.test(path))
    throw bad(path, "a file of no known kind", "a name that ends in .parquet, .csv or .json");
  const text = new TextDecoder().decode(readWhole(path, MAX_BYTES));
  const table = isJson ? jsonTable(path, text) : csvTable(path, text);
  if (table.rows === 0) throw bad(path, "no rows", "a table of at least one row");
  return table;
}

async function parquetTable(path: string): Promise<Table> {
  const source = await openLog([path]);
  const { columns, rows } = await source.describe();
  const names = columns.filter(({ type }) => isFlat(type)).map(({ name }) => name);
  const cells = new Map(names.map((name) => [name, [] as Cell[]]));
  for await (const block of source.read(names)) {
    for (const name of names) {
      const column = block.columns.get(name);
      for (let row = 0; row < block.rows; row++) cells.get(name)?.push(cellAt(column, row));
    }
  }
  return { rows, columns: cells };
}

function cellAt(column: Column | undefined, row: number): Cell {
  if (column?.kind === "text") return column.distinct[column.codes[row] ?? -1];
  return column === undefined || column.nulls?.[row] === 1 ? undefined : column.values[row];
}

function csvTable(path: string, text: string): Table {
  const lines = linesOf(text.replace(/^\uFEFF/, "")).filter((line) => line.trim() !== "");
  const [header = [], ...body] = lines.map((line, index) => cellsOf(path, line, index + 1));
  if (header.length > 0 && header.every((cell) => cell.trim() !== "" && !Number.isNaN(Number(cell))))
    throw bad(
      path,
      `numbers in the first line: ${header.join(",")}`,
      "a header line with the columns' names",
    );
  const uneven = body.findIndex((cells) => cells.length !== header.length);
  if (uneven >= 0) {
    const found = `${body[uneven]?.length} cells in line ${uneven + 2}, ${header.length} in the header`;
    throw bad(path, found, "lines of equal length");
  }
  const columns = header.map((name, at) => [name.trim(), body.map((cells) => cells[at]?.trim())] as const);
  return { rows: body.length, columns: new Map(columns) };
}

function jsonTable(path: string, text: string): Table {
  const document = parse(path, text);
  if (Array.isArray(document)) return fromRows(path, document);
  if (typeof document !== "object" || document === null)
    throw bad(path, typeof document, "a list of objects, or an object");
  const entries = Object.entries(document);
  if (entries.every(([, value]) => typeof value === "number")) {
    const columns = new Map<string, Cell[]>([
      ["key", entries.map(([key]) => key)],
      ["value", entries.map(([, value]) => cellOf(path, value))],
    ]);
    return { rows: entries.length, columns };
  }
  const columns = new Map<string, Cell[]>();
  for (const [name, values] of entries) {
    if (!Array.isArray(values)) throw bad(path, `${typeof values} under ${name}`, "lists of equal length");
    columns.set(
      name,
      values.map((value) => cellOf(path, value)),
    );
  }
  const lengths = [...columns.values()].map((values) => values.length);
  if (new Set(lengths).size > 1) throw bad(path, `lists of ${lengths.join(", ")}`, "lists of equal length");
  return { rows: lengths[0] ?? 0, columns };
}

function fromRows(path: string, list: readonly unknown[]): Table {
  const columns = new Map<string, Cell[]>();
  list.forEach((row, index) => {
    if (typeof row !== "object" || row === null || Array.isArray(row))
      throw bad(path, `${JSON.stringify(row)} at ${index}`, "a list of objects");
    for (const [name, value] of Object.entries(row)) {
      const cells = columns.get(name) ?? [];
      while (cells.length < index) cells.push(undefined);
      cells.push(cellOf(path, value));
      columns.set(name, cells);
    }
  });
  for (const cells of columns.values()) while (cells.length < list.length) cells.push(undefined);
  return { rows: list.length, columns };
}

function cellOf(path: string, value: unknown): Cell {
  if (value === null) return undefined;
  if (typeof value === "string" || typeof value === "number") return value;
  throw bad(path, JSON.stringify(value)?.slice(0, 60) ?? "nothing", "texts and numbers");
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw bad(path, error instanceof Error ? error.message : String(error), "JSON");
  }
}

function bad(path: string, found: string, expected: string): UnbatchError {
  return new UnbatchError({ where: path, found, expected, next: "correct the file" });
}
