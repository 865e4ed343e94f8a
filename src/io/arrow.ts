import {
  type Data,
  DataType,
  Float64,
  Int32,
  makeVector,
  Table,
  tableFromIPC,
  tableToIPC,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { UnbatchError } from "../core/errors.js";
import type { Vocabulary, VocabularyCodec } from "../core/vocabulary.js";
import { checkArrowFile } from "./arrow-bounds.js";

/** `vocab/<feature>.arrow`: an Arrow IPC file of columns id (utf8), row (int32), count (float64), without nulls. */
export const arrowVocabulary: VocabularyCodec = {
  encode({ ids, rows, counts }) {
    if (rows.length !== ids.length || counts.length !== ids.length) {
      throw new RangeError(`${ids.length} ids, ${rows.length} rows, ${counts.length} counts`);
    }
    const table = new Table({
      id: vectorFromArray([...ids], new Utf8()),
      row: makeVector({ type: new Int32(), data: rows, length: rows.length }),
      count: makeVector({ type: new Float64(), data: counts, length: counts.length }),
    });
    return tableToIPC(table, "file");
  },
  decode(bytes, where) {
    return decoded(where, "id (utf8), row (int32) and count (float64)", "make the model again", () => {
      const table = openTable(bytes);
      const ids = textsOf(columnOf(table, "id"));
      const rows = Int32Array.from(numbersOf(columnOf(table, "row"), isInt32), Number);
      const counts = Float64Array.from(numbersOf(columnOf(table, "count"), DataType.isFloat), Number);
      if (rows.some((row) => row < 0)) throw new RangeError("a negative row");
      if (!counts.every((count) => count >= 0 && count < Number.POSITIVE_INFINITY))
        throw new RangeError("a count below 0");
      const repeated = firstRepeated(ids);
      if (repeated !== undefined) throw new RangeError(`the id ${JSON.stringify(repeated)} twice`);
      return { ids, rows, counts } satisfies Vocabulary;
    });
  },
};

/** Ids, and their rows where there are any, of somebody else's Arrow file: columns by name, else the first and second. */
export function readArrowIds(bytes: Uint8Array, where: string): { ids: string[]; rows?: number[] } {
  return decoded(
    where,
    "a column of ids (texts or integers) and, optionally, one of rows",
    "check the file",
    () => {
      const table = openTable(bytes);
      const [first, second] = table.schema.names.map(String);
      if (first === undefined) throw new RangeError("no columns");
      const isNamed = table.getChild("id") !== null;
      const ids = textsOf(columnOf(table, isNamed ? "id" : first));
      const rowName = isNamed ? "row" : (second ?? "");
      if (table.getChild(rowName) === null) return { ids };
      return { ids, rows: Array.from(numbersOf(columnOf(table, rowName), DataType.isInt), Number) };
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

function openTable(bytes: Uint8Array): Table {
  checkArrowFile(bytes);
  return tableFromIPC(bytes);
}

function columnOf(table: Table, name: string): Vector {
  const column = table.getChild(name);
  if (column === null) throw new RangeError(`no column ${name} among ${table.schema.names.join(", ")}`);
  if (column.nullCount > 0) throw new RangeError(`${column.nullCount} nulls in ${name}`);
  if (column.length !== table.numRows)
    throw new RangeError(`${column.length} of ${table.numRows} rows in ${name}`);
  return column;
}

function textsOf(column: Vector): string[] {
  if (DataType.isUtf8(column.type)) for (const chunk of column.data) checkOffsets(chunk);
  else if (DataType.isInt(column.type)) for (const chunk of column.data) checkLength(chunk);
  else throw new RangeError(`ids of type ${column.type}`);
  return Array.from(column, (id) => {
    if (id === null || id === undefined) throw new RangeError("an id that is missing");
    return String(id);
  });
}

/** The values, once the buffers are known to hold them: Arrow's reader gives undefined beyond their end. */
function numbersOf(column: Vector, isType: (type: DataType) => boolean): ArrayLike<number | bigint> {
  if (!isType(column.type)) throw new RangeError(`numbers of type ${column.type}`);
  for (const chunk of column.data) checkLength(chunk);
  return column.toArray();
}

function isInt32(type: DataType): boolean {
  return DataType.isInt(type) && type.bitWidth === 32 && type.isSigned;
}

function checkLength({ length, values }: Data): void {
  if (values.length < length) throw new RangeError(`${values.length} of ${length} values`);
}

function checkOffsets({ length, values, valueOffsets }: Data): void {
  if (length > 0 && valueOffsets.length <= length)
    throw new RangeError(`${valueOffsets.length} of ${length} texts`);
  for (let index = 0; index < length; index++) {
    const [start = 0, end = 0] = [valueOffsets[index], valueOffsets[index + 1]];
    if (!(start >= 0 && start <= end && end <= values.length))
      throw new RangeError(`text ${index} leaves its buffer`);
  }
}

function firstRepeated(ids: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return ids.find((id) => seen.size === seen.add(id).size);
}
