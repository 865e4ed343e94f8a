import type { Column } from "../core/column.js";
import { UnbatchError } from "../core/errors.js";
import { readWhole } from "./files.js";
import { openLog } from "./log-source.js";
import { entriesOfCsv, entriesOfJson, type IdEntry, linesOf } from "./vocabulary-text.js";

const MAX_BYTES = 2 ** 28;
const MAX_ROW = 2 ** 31 - 1;

/**
 * id -> row, in the source's own form, by the file's extension; anything else is text. Text: one id a line, the line
 * number from 0 is the row. JSON: an object id -> row, an array of ids, or an object of these chosen by `key`. CSV:
 * `id,row` (with or without a header) or ids alone. Parquet and Arrow: columns id and row, or else the first and
 * second; without a second, the position is the row.
 * Errors: a repeated id (both places), a row that is not a whole number from 0 to 2^31 - 1, a null, not UTF-8.
 */
export async function readVocabularyFile(path: string, key?: string): Promise<Map<string, number>> {
  if (/\.(parquet|parq)$/i.test(path)) return build(path, "row", await entriesOfParquet(path));
  const bytes = readWhole(path, MAX_BYTES);
  if (/\.arrow$/i.test(path)) {
    const { readArrowIds } = await import("./arrow.js");
    const { ids, rows } = readArrowIds(bytes, path);
    const entries = ids.map((id, at) => ({ id, row: rows?.[at] ?? at, at }));
    return build(path, "row", entries);
  }
  const text = textOf(path, bytes);
  if (/\.json$/i.test(path)) return build(path, "entry", entriesOfJson(path, text, key));
  if (/\.csv$/i.test(path)) return build(path, "line", entriesOfCsv(path, linesOf(text)));
  return build(
    path,
    "line",
    linesOf(text).map((id, row) => ({ id, row, at: row + 1 })),
  );
}

function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UnbatchError({
      where: path,
      found: "bytes that are not UTF-8",
      expected: "a vocabulary in UTF-8",
      next: "convert the file: iconv -t UTF-8",
    });
  }
}

async function entriesOfParquet(path: string): Promise<IdEntry[]> {
  const source = await openLog([path]);
  const own = (await source.describe()).columns.filter(({ physicalType }) => physicalType !== "partition");
  const names = own.map(({ name }) => name);
  const [first = "", second] = names;
  const isNamed = names.includes("id");
  const idName = isNamed ? "id" : first;
  const rowName = isNamed ? names.find((name) => name === "row") : second;
  const entries: IdEntry[] = [];
  for await (const block of source.read(rowName === undefined ? [idName] : [idName, rowName])) {
    const ids = block.columns.get(idName);
    const rows = rowName === undefined ? undefined : block.columns.get(rowName);
    for (let row = 0; row < block.rows; row++) {
      const at = entries.length;
      const id = valueAt(ids, row);
      if (id === undefined) throw notAnId(path, at);
      entries.push({ id: String(id), row: rowName === undefined ? at : valueAt(rows, row), at });
    }
  }
  return entries;
}

function valueAt(column: Column | undefined, row: number): string | number | undefined {
  if (column?.kind === "text") return column.distinct[column.codes[row] ?? -1];
  return column?.nulls?.[row] === 1 ? undefined : column?.values[row];
}

function notAnId(path: string, at: number): UnbatchError {
  return new UnbatchError({
    where: `${path}, row ${at}`,
    found: "a null id",
    expected: "an id in each row",
    next: "leave the row out, and name the value of nulls as the encoder's missing",
  });
}

function build(path: string, unit: string, entries: readonly IdEntry[]): Map<string, number> {
  const rows = new Map<string, number>();
  const places = new Map<string, number>();
  let repeats = 0;
  let first = "";
  for (const { id, row, at } of entries) {
    if (!(typeof row === "number" && Number.isInteger(row) && row >= 0 && row <= MAX_ROW)) {
      throw new UnbatchError({
        where: `${path}, ${unit} ${at}`,
        found: `row ${row === undefined ? "missing" : JSON.stringify(row)} of ${JSON.stringify(id)}`,
        expected: `a whole number from 0 to ${MAX_ROW}`,
        next: "correct the file",
      });
    }
    const before = places.get(id);
    if (before !== undefined) {
      repeats += 1;
      if (first === "") first = `${JSON.stringify(id)} twice: ${unit} ${before} and ${unit} ${at}`;
      continue;
    }
    rows.set(id, row);
    places.set(id, at);
  }
  if (repeats > 0) {
    throw new UnbatchError({
      where: path,
      found: `${first}${repeats === 1 ? "" : `, and ${repeats - 1} more repeated ids`}`,
      expected: "each id once",
      next: "remove one of each",
    });
  }
  return rows;
}
