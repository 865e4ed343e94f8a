import type { ListColumn } from "../../core/column.js";
import { buildColumn, checkCount, pageAt } from "./column-chunk.js";
import type { Decompress } from "./compressors.js";
import type { ListLayout } from "./list-layout.js";
import { type LevelledPage, readLevelledPage } from "./list-levels.js";
import type { DataPage } from "./page.js";

/** Values, nulls and empty lists of one row group; more are refused before anything is allocated for them. */
export const MAX_LIST_VALUES: number = 2 ** 27;

/**
 * Decodes the pages of a column of lists: `count` pairs of levels (the chunk's num_values), `rows` rows.
 * Errors: RangeError (or what a decompressor throws) for pages that are malformed, leave their bounds, or do not add up
 * to the row group's rows.
 */
export function readListColumn(
  bytes: Uint8Array,
  rows: number,
  count: number,
  layout: ListLayout,
  decompress: Decompress,
): ListColumn {
  if (!(count >= rows && count <= MAX_LIST_VALUES))
    throw new RangeError(`${count} values in lists of ${rows} rows`);
  const { dictionary, pages } = readPages(bytes, count, layout, decompress);
  const lists = new ListOffsets(rows, layout);
  const parts = pages.map((page) => lists.add(page));
  const offsets = lists.finish();
  const values = buildColumn(offsets[rows] ?? 0, layout.values, (builder) => {
    if (dictionary !== undefined) builder.dictionary(dictionary.bytes, dictionary.count);
    for (const part of parts) builder.page(part);
  });
  return { kind: "list", offsets, values, ...(lists.nulls === undefined ? {} : { nulls: lists.nulls }) };
}

interface Dictionary {
  bytes: Uint8Array;
  count: number;
}

function readPages(
  bytes: Uint8Array,
  count: number,
  { valueLevel }: ListLayout,
  decompress: Decompress,
): { dictionary: Dictionary | undefined; pages: LevelledPage[] } {
  let dictionary: Dictionary | undefined;
  const pages: LevelledPage[] = [];
  let at = 0;
  let read = 0;
  while (read < count) {
    if (at >= bytes.length) throw new RangeError(`the column ends after ${read} of ${count} values`);
    const { header, body, end } = pageAt(bytes, at);
    at = end;
    const { type, dictionary_page_header: entries, uncompressed_page_size: size } = header;
    if (type === "DICTIONARY_PAGE") {
      if (dictionary !== undefined || entries === undefined)
        throw new RangeError("a second dictionary, or one without header");
      checkCount(entries.num_values, size);
      if (!/^PLAIN/.test(entries.encoding)) throw new RangeError(`a dictionary in ${entries.encoding}`);
      dictionary = { bytes: decompress(body, size), count: entries.num_values };
    } else if (type === "DATA_PAGE" || type === "DATA_PAGE_V2") {
      checkCount(header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values, count - read);
      const page = readLevelledPage(header, body, valueLevel, decompress);
      pages.push(page);
      read += page.definition.length;
    } else if (type !== "INDEX_PAGE") {
      throw new RangeError("a page of unknown type");
    }
  }
  return { dictionary, pages };
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
