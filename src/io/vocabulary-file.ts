import { UnbatchError } from "../core/errors.js";
import { readWhole } from "./files.js";
import { openLog } from "./log-source.js";

const MAX_BYTES = 2 ** 31;

/**
 * id -> row, in the source's own form: text (one value a line, the line number is the row), JSON (an object id -> row, an
 * array of ids, or an object of these chosen by `key`), CSV (`id,row` or ids alone), Parquet or Arrow (columns id and,
 * optionally, row). Errors: a repeated id (both places), a row that is not a natural number.
 */
export async function readVocabularyFile(path: string, key?: string): Promise<Map<string, number>> {
  if (/\.(parquet|parq)$/i.test(path)) return fromParquet(path);
  const bytes = readWhole(path, MAX_BYTES);
  if (/\.arrow$/i.test(path)) {
    const { arrowVocabulary } = await import("./arrow.js");
    const { ids, rows } = arrowVocabulary.decode(bytes, path);
    return build(
      path,
      ids.map((id, index) => [id, rows[index] ?? index]),
    );
  }
  const text = new TextDecoder().decode(bytes);
  if (/\.json$/i.test(path)) return fromJson(path, text, key);
  const lines = text.split(/\r?\n/);
  if (lines[lines.length - 1] === "") lines.pop();
  return /\.csv$/i.test(path)
    ? fromCsv(path, lines)
    : build(
        path,
        lines.map((line, row) => [line, row]),
      );
}

function fromJson(path: string, text: string, key: string | undefined): Map<string, number> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(path, error instanceof Error ? error.message : String(error));
  }
  if (key !== undefined && isObject(value)) value = value[key];
  if (Array.isArray(value))
    return build(
      path,
      value.map((id, row) => [String(id), row]),
    );
  if (isObject(value)) {
    const keys = Object.entries(value).filter(([, inner]) => typeof inner === "object");
    if (keys.length === 0)
      return build(
        path,
        Object.entries(value).map(([id, row]) => [id, Number(row)]),
      );
    throw bad(
      path,
      `maps ${keys.map(([name]) => name).join(", ")}`,
      "the encoder's `key` to name one of them",
    );
  }
  throw bad(path, key === undefined ? typeof value : `no key ${key}`);
}

/** A first line whose second cell is not a number is a header. */
function fromCsv(path: string, lines: readonly string[]): Map<string, number> {
  const cells = lines.map((line) => {
    const comma = line.lastIndexOf(",");
    return comma < 0 ? [unquote(line)] : [unquote(line.slice(0, comma)), line.slice(comma + 1).trim()];
  });
  const hasRows = cells.every((row) => row.length === 2);
  if (!hasRows)
    return build(
      path,
      cells.map(([id = ""], row) => [id, row]),
    );
  const body = Number.isNaN(Number(cells[0]?.[1])) ? cells.slice(1) : cells;
  return build(
    path,
    body.map(([id = "", row]) => [id, Number(row)]),
  );
}

function unquote(cell: string): string {
  return /^".*"$/.test(cell) ? cell.slice(1, -1).replaceAll('""', '"') : cell;
}

async function fromParquet(path: string): Promise<Map<string, number>> {
  const source = await openLog([path]);
  const names = (await source.describe()).columns.map(({ name }) => name);
  const [idColumn] = names;
  if (idColumn === undefined) throw bad(path, "no columns");
  const rowColumn = names[1];
  const entries: [string, number][] = [];
  for await (const { columns, rows } of source.read(
    rowColumn === undefined ? [idColumn] : [idColumn, rowColumn],
  )) {
    const ids = columns.get(idColumn);
    const at = rowColumn === undefined ? undefined : columns.get(rowColumn);
    for (let row = 0; row < rows; row++) {
      const id = ids?.kind === "text" ? ids.distinct[ids.codes[row] ?? -1] : ids?.values[row];
      entries.push([String(id), at?.kind === "number" ? (at.values[row] ?? Number.NaN) : entries.length]);
    }
  }
  return build(path, entries);
}

function build(path: string, entries: readonly (readonly [string, number])[]): Map<string, number> {
  const rows = new Map<string, number>();
  entries.forEach(([id, row], index) => {
    if (!Number.isInteger(row) || row < 0 || row > 2 ** 31)
      throw bad(path, `row ${row} of ${JSON.stringify(id)}`, "a row number from 0");
    if (rows.has(id)) throw bad(path, `${JSON.stringify(id)} twice (entry ${index + 1})`, "each id once");
    rows.set(id, row);
  });
  return rows;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bad(path: string, found: string, expected = "ids with their rows"): UnbatchError {
  return new UnbatchError({
    where: path,
    found,
    expected,
    next: "correct the file, or the encoder's file and key",
  });
}
