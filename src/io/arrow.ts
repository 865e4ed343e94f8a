import {
  Float64,
  Int32,
  makeVector,
  Table,
  tableFromIPC,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { UnbatchError } from "../core/errors.js";
import type { Vocabulary, VocabularyCodec } from "../core/vocabulary.js";

/** `vocab/<feature>.arrow`: an Arrow IPC file of columns id (utf8), row (int32), count (float64). */
export const arrowVocabulary: VocabularyCodec = {
  encode({ ids, rows, counts }) {
    const table = new Table({
      id: vectorFromArray([...ids], new Utf8()),
      row: makeVector({ type: new Int32(), data: rows, length: rows.length }),
      count: makeVector({ type: new Float64(), data: counts, length: counts.length }),
    });
    return tableToIPC(table, "file");
  },
  decode(bytes, where) {
    const damaged = (found: string): UnbatchError =>
      new UnbatchError({
        where,
        found,
        expected: "an Arrow file with columns id (utf8), row (int32) and count (float64)",
        next: "make the model again with unbatch convert",
      });
    let table: Table;
    try {
      table = tableFromIPC(bytes);
    } catch (error) {
      throw damaged(error instanceof Error ? error.message : String(error));
    }
    const [id, row, count] = ["id", "row", "count"].map((name) => table.getChild(name));
    if (!id || !row || !count) throw damaged(`columns ${table.schema.names.join(", ")}`);
    const vocabulary: Vocabulary = {
      ids: Array.from(id, String),
      rows: Int32Array.from(row, Number),
      counts: Float64Array.from(count, Number),
    };
    if (vocabulary.rows.some((value) => value < 0)) throw damaged("a negative row");
    return vocabulary;
  },
};
