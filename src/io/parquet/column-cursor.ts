import type { Column } from "../../core/column.js";
import { type ChunkPage, chunkPages } from "./chunk-pages.js";
import type { Decompress } from "./compressors.js";
import type { LogicalType } from "./logical-type.js";
import { NumberBuilder } from "./number-column.js";
import { type DataPage, readPage } from "./page.js";
import { TextBuilder } from "./text-column.js";

/** What the schema says of the values of a column. */
export interface ChunkType {
  /** Parquet's physical type. */
  physical: string;
  logical: LogicalType;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY value. */
  typeLength: number | undefined;
  isOptional: boolean;
}

/** Decodes pages of one column, and gives their rows away in stretches of any length. */
export interface ColumnBuilder {
  dictionary(bytes: Uint8Array, count: number): void;
  page(page: DataPage): void;
  /** Rows decoded and not yet taken. */
  readonly available: number;
  /** The next rows, at most `available`. */
  take(rows: number): Column;
}

/** An integer column holds a value that a double cannot: it must be read as text. */
export class BeyondDouble extends Error {}

/** One column of one row group, decoded as far as it is asked for. */
export interface ColumnCursor {
  /** The next `rows` rows. Errors: see chunkPages; RangeError for values that are malformed. */
  take(rows: number): Column;
}

export function columnCursor(
  bytes: Uint8Array,
  rows: number,
  type: ChunkType,
  decompress: Decompress,
): ColumnCursor {
  const read: Parameters<typeof chunkPages<DataPage>>[2] = (header, body) =>
    readPage(header, body, type.isOptional, decompress);
  return valueCursor(type, () => chunkPages(bytes, rows, read, decompress));
}

/** Values of pages, which are asked for again where integers turn out to be too wide for a double. */
export function valueCursor(type: ChunkType, pages: () => Iterator<ChunkPage<DataPage>>): ColumnCursor {
  if (type.logical.type === "text") return cursor(new TextBuilder(type), pages());
  let taken = 0;
  let current = cursor(new NumberBuilder(type), pages());
  return {
    take(count) {
      try {
        const column = current.take(count);
        taken += count;
        return column;
      } catch (error) {
        if (!(error instanceof BeyondDouble)) throw error;
        current = cursor(new TextBuilder(type), pages());
        if (taken > 0) current.take(taken);
        taken += count;
        return current.take(count);
      }
    },
  };
}

function cursor(builder: ColumnBuilder, pages: Iterator<ChunkPage<DataPage>>): ColumnCursor {
  return {
    take(rows) {
      while (builder.available < rows) {
        const next = pages.next();
        if (next.done) throw new RangeError("fewer rows than the row group has");
        if (next.value.kind === "data") builder.page(next.value.page);
        else builder.dictionary(next.value.bytes, next.value.count);
      }
      return builder.take(rows);
    },
  };
}
