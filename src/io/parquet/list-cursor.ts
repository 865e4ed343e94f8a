import type { ListColumn } from "../../core/column.js";
import { type ChunkPage, chunkPages } from "./chunk-pages.js";
import { valueCursor } from "./column-cursor.js";
import type { Decompress } from "./compressors.js";
import type { ListLayout } from "./list-layout.js";
import { type LevelledPage, readLevelledPage } from "./list-levels.js";
import type { DataPage } from "./page.js";

/** Values, nulls and empty lists of one row group; more are refused before anything is allocated for them. */
const MAX_LIST_VALUES = 2 ** 27;

/** A column of lists of one row group. */
export interface ListCursor {
  /** The lists of the next `rows` rows. Error: RangeError for values that are malformed. */
  take(rows: number): ListColumn;
}

/**
 * Levels are decoded at once, as only they say where rows end; values as far as they are asked for. `count` are the pairs
 * of levels (the chunk's num_values). Errors: see chunkPages; RangeError for lists that do not add up to `rows`.
 */
export function listCursor(
  bytes: Uint8Array,
  rows: number,
  count: number,
  layout: ListLayout,
  decompress: Decompress,
): ListCursor {
  if (!(count >= rows && count <= MAX_LIST_VALUES))
    throw new RangeError(`${count} values in lists of ${rows} rows`);
  const lists = new ListOffsets(rows, layout);
  const read: Parameters<typeof chunkPages<LevelledPage>>[2] = (header, body) =>
    readLevelledPage(header, body, layout.valueLevel, decompress);
  const pages: ChunkPage<DataPage>[] = [];
  for (const next of chunkPages(bytes, count, read, decompress))
    pages.push(next.kind === "data" ? { kind: "data", page: lists.add(next.page) } : next);
  const all = lists.finish();
  const values = valueCursor(layout.values, () => pages.values());
  let row = 0;
  return {
    take(rows) {
      const from = row;
      row += rows;
      const first = all[from] ?? 0;
      const offsets = all.subarray(from, row + 1).map((offset) => offset - first);
      return {
        kind: "list",
        offsets,
        values: values.take(offsets[rows] ?? 0),
        ...(lists.nulls === undefined ? {} : { nulls: lists.nulls.subarray(from, row) }),
      };
    },
  };
}

/** Where each row's list begins, page by page. */
class ListOffsets {
  readonly #offsets: Int32Array;
  readonly #layout: ListLayout;
  nulls: Uint8Array | undefined;
  #row = 0;
  #values = 0;
  /** The row in hand may have more values. */
  #isOpen = false;

  constructor(rows: number, layout: ListLayout) {
    this.#offsets = new Int32Array(rows + 1);
    this.#layout = layout;
  }

  /** The page's values, without its null and empty lists: as the pages of a flat column are. */
  add({ repetition, definition, encoding, bytes }: LevelledPage): DataPage {
    const { emptyLevel, valueLevel } = this.#layout;
    const nulls = new Uint8Array(definition.length);
    let rows = 0;
    let nullValues = 0;
    for (let index = 0; index < definition.length; index++) {
      const level = definition[index] ?? 0;
      const hasValue = level > emptyLevel;
      if (repetition[index] === 0) this.#begin(level < emptyLevel, hasValue);
      else if (!this.#isOpen || !hasValue) throw new RangeError("a list goes on that has not begun");
      if (!hasValue) continue;
      if (level < valueLevel) {
        nulls[rows] = 1;
        nullValues += 1;
      }
      rows += 1;
      this.#values += 1;
    }
    const hasNulls = nullValues > 0 ? { nulls: nulls.subarray(0, rows) } : {};
    return { rows, encoding, bytes, count: rows - nullValues, ...hasNulls };
  }

  finish(): Int32Array {
    const rows = this.#offsets.length - 1;
    if (this.#row !== rows) throw new RangeError(`lists of ${this.#row} rows in a row group of ${rows}`);
    this.#offsets[rows] = this.#values;
    return this.#offsets;
  }

  #begin(isNull: boolean, hasValue: boolean): void {
    if (this.#row + 1 >= this.#offsets.length)
      throw new RangeError(`lists of more rows than the row group's ${this.#offsets.length - 1}`);
    this.#offsets[this.#row] = this.#values;
    if (isNull) {
      this.nulls ??= new Uint8Array(this.#offsets.length - 1);
      this.nulls[this.#row] = 1;
    }
    this.#row += 1;
    this.#isOpen = hasValue;
  }
}
