import { createRequire } from "node:module";
import { UnbatchError } from "../core/errors.js";
import { packTexts } from "../core/text-list.js";
import type { Vocabulary, VocabularyCodec } from "../core/vocabulary.js";
import { type ArrowColumn, readArrowFile } from "./arrow-file.js";

/** `vocab/<feature>.arrow`: an Arrow IPC file of columns id (utf8), row (int32), count (float64), without nulls. */
export const arrowVocabulary: VocabularyCodec = {
  encode(vocabulary) {
    const { rows, counts } = vocabulary;
    const ids = vocabulary.packed ?? packTexts(vocabulary.ids);
    const { length } = ids.ends;
    if (rows.length !== length || counts.length !== length)
      throw new RangeError(`${length} ids, ${rows.length} rows, ${counts.length} counts`);
    const valueOffsets = new Int32Array(length + 1);
    valueOffsets.set(ids.ends, 1);
    // A hundred and fifty modules, which a model without vocabularies does not need.
    const arrow = createRequire(import.meta.url)("apache-arrow") as typeof import("apache-arrow");
    const { Float64, Int32, makeVector, Table, tableToIPC, Utf8 } = arrow;
    const table = new Table({
      id: makeVector({ type: new Utf8(), data: ids.bytes, valueOffsets, length }),
      row: makeVector({ type: new Int32(), data: rows, length: rows.length }),
      count: makeVector({ type: new Float64(), data: counts, length: counts.length }),
    });
    return tableToIPC(table, "file");
  },
  decode(bytes, where) {
    return decoded(where, "id (utf8), row (int32) and count (float64)", "make the model again", () => {
      const columns = readArrowFile(bytes);
      const ids = columnOf(columns, "id", "utf8").map(String);
      const rows = Int32Array.from(columnOf(columns, "row", "int32"), Number);
      const counts = Float64Array.from(columnOf(columns, "count", "float64"), Number);
      if (rows.some((row) => row < 0)) throw new RangeError("a negative row");
      if (!counts.every((count) => count >= 0 && Number.isFinite(count)))
        throw new RangeError("a count below 0");
      const repeated = firstRepeated(ids);
      if (repeated !== undefined) throw new RangeError(`the id ${JSON.stringify(repeated)} twice`);
      return { ids, rows, counts } satisfies Vocabulary;
    });
  },
};

/** Ids, and their rows where there are any, of somebody else's file: columns id and row, else the first and second. */
export function readArrowIds(bytes: Uint8Array, where: string): { ids: string[]; rows?: number[] } {
  return decoded(
    where,
    "a column of ids (texts or integers) and, optionally, one of rows",
    "check the file",
    () => {
      const columns = readArrowFile(bytes);
      const named = columns.find(({ name }) => name === "id");
      const ids = named ?? columns[0];
      const rows = named === undefined ? columns[1] : columns.find(({ name }) => name === "row");
      if (ids === undefined) throw new RangeError("no columns");
      for (const { name, type } of [ids, ...(rows === undefined ? [] : [rows])]) {
        if (!/int|utf8/.test(type)) throw new RangeError(`column ${name} of type ${type}`);
      }
      const texts = ids.values.map(String);
      return rows === undefined ? { ids: texts } : { ids: texts, rows: rows.values.map(Number) };
    },
  );
}

function decoded<T>(where: string, columns: string, next: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new UnbatchError({
      where,
      found: `not read: ${found}`,
      expected: `an Arrow IPC file of ${columns}`,
      next,
    });
  }
}

function columnOf(columns: readonly ArrowColumn[], name: string, type: string): ArrowColumn["values"] {
  const column = columns.find((one) => one.name === name);
  if (column === undefined)
    throw new RangeError(`no column ${name} among ${columns.map((one) => one.name).join(", ")}`);
  if (column.type !== type) throw new RangeError(`column ${name} of type ${column.type}`);
  return column.values;
}

function firstRepeated(ids: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return ids.find((id) => seen.size === seen.add(id).size);
}
