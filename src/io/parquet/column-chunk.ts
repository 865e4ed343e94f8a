import { parquetHeader } from "hyparquet/src/column.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import type { ColumnDecoder } from "hyparquet/src/types.js";
import type { Column } from "../../core/column.js";
import type { LogicalType } from "./logical-type.js";
import { NumberBuilder } from "./number-column.js";
import { MAX_PAGE_BYTES, readPage } from "./page.js";
import { TextBuilder } from "./text-column.js";

/** Fills one column of one row group, page by page. */
export interface ColumnBuilder {
  dictionary(bytes: Uint8Array, count: number): void;
  page(page: NonNullable<ReturnType<typeof readPage>>): void;
  finish(): Column;
}

/** An integer column holds a value that a double cannot: it must be read as text. */
export class BeyondDouble extends Error {}

/**
 * Decodes a column chunk of `rows` rows. Errors: anything hyparquet throws for a malformed page, a RangeError for one
 * that leaves its bounds or whose rows do not add up to the row group's.
 */
export function readColumnChunk(
  bytes: Uint8Array,
  rows: number,
  decoder: ColumnDecoder,
  type: LogicalType,
): Column {
  const asText = type.type === "text";
  if (asText) return fill(new TextBuilder(rows, decoder, type), bytes, rows, decoder);
  try {
    return fill(new NumberBuilder(rows, decoder, type), bytes, rows, decoder);
  } catch (error) {
    if (!(error instanceof BeyondDouble)) throw error;
    return fill(new TextBuilder(rows, decoder, type), bytes, rows, decoder);
  }
}

function fill(builder: ColumnBuilder, bytes: Uint8Array, rows: number, decoder: ColumnDecoder): Column {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  let read = 0;
  while (read < rows) {
    if (reader.offset >= bytes.length) throw new RangeError(`the column ends after ${read} of ${rows} rows`);
    const header = parquetHeader(reader);
    const { compressed_page_size: size, uncompressed_page_size: uncompressed } = header;
    if (!(size >= 0 && reader.offset + size <= bytes.length)) throw new RangeError(`a page of ${size} bytes`);
    if (!(uncompressed >= 0 && uncompressed <= MAX_PAGE_BYTES))
      throw new RangeError(`a page of ${uncompressed} bytes decompressed`);
    const compressed = bytes.subarray(reader.offset, reader.offset + size);
    reader.offset += size;
    const declared =
      header.data_page_header?.num_values ??
      header.data_page_header_v2?.num_values ??
      header.dictionary_page_header?.num_values ??
      0;
    if (!(declared >= 0 && declared <= Math.max(rows, MAX_PAGE_BYTES)))
      throw new RangeError(`a page of ${declared} values`);
    if (header.dictionary_page_header !== undefined) {
      const page = decompressPage(compressed, uncompressed, decoder.codec, decoder.compressors);
      builder.dictionary(page, declared);
      continue;
    }
    if (declared > rows - read)
      throw new RangeError(`a page of ${declared} rows where ${rows - read} are left`);
    const page = readPage(header, compressed, decoder);
    if (page === undefined) continue;
    builder.page(page);
    read += page.rows;
  }
  return builder.finish();
}
