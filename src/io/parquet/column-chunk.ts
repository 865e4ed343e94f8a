import { parquetHeader } from "hyparquet/src/column.js";
import type { PageHeader } from "hyparquet/src/types.js";
import type { Column } from "../../core/column.js";
import type { Decompress } from "./compressors.js";
import type { LogicalType } from "./logical-type.js";
import { NumberBuilder } from "./number-column.js";
import { type DataPage, MAX_PAGE_BYTES, readPage } from "./page.js";
import { TextBuilder } from "./text-column.js";
import { thriftStructEnd } from "./thrift-bounds.js";

/** What the schema says of the values of a column. */
export interface ChunkType {
  /** Parquet's physical type. */
  physical: string;
  logical: LogicalType;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY value. */
  typeLength: number | undefined;
  isOptional: boolean;
}

/** Fills one column of one row group, page by page. */
export interface ColumnBuilder {
  dictionary(bytes: Uint8Array, count: number): void;
  page(page: DataPage): void;
  finish(): Column;
}

/** An integer column holds a value that a double cannot: it must be read as text. */
export class BeyondDouble extends Error {}

/**
 * Decodes the pages of a column chunk of `rows` rows. Errors: RangeError (or what a decompressor throws) for a page
 * that is malformed, leaves its bounds, or does not add up to the row group's rows.
 */
export function readColumnChunk(
  bytes: Uint8Array,
  rows: number,
  type: ChunkType,
  decompress: Decompress,
): Column {
  return buildColumn(rows, type, (builder) => fill(builder, bytes, rows, type, decompress));
}

/** A column of `values` values, from a builder that `fill` gives its pages; integers too wide for a double as texts. */
export function buildColumn(values: number, type: ChunkType, fill: (builder: ColumnBuilder) => void): Column {
  const build = (builder: ColumnBuilder): Column => {
    fill(builder);
    return builder.finish();
  };
  if (type.logical.type === "text") return build(new TextBuilder(values, type));
  try {
    return build(new NumberBuilder(values, type));
  } catch (error) {
    if (error instanceof BeyondDouble) return build(new TextBuilder(values, type));
    throw error;
  }
}

function fill(
  builder: ColumnBuilder,
  bytes: Uint8Array,
  rows: number,
  { isOptional }: ChunkType,
  decompress: Decompress,
): void {
  let hasDictionary = false;
  let at = 0;
  let read = 0;
  while (read < rows) {
    if (at >= bytes.length) throw new RangeError(`the column ends after ${read} of ${rows} rows`);
    const { header, body, end } = pageAt(bytes, at);
    at = end;
    const { type, dictionary_page_header: dictionary, uncompressed_page_size: size } = header;
    if (type === "DICTIONARY_PAGE") {
      if (hasDictionary || dictionary === undefined)
        throw new RangeError("a second dictionary, or one without header");
      checkCount(dictionary.num_values, size);
      if (!/^PLAIN/.test(dictionary.encoding)) throw new RangeError(`a dictionary in ${dictionary.encoding}`);
      builder.dictionary(decompress(body, size), dictionary.num_values);
      hasDictionary = true;
    } else if (type === "DATA_PAGE" || type === "DATA_PAGE_V2") {
      checkCount(header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values, rows - read);
      const page = readPage(header, body, isOptional, decompress);
      builder.page(page);
      read += page.rows;
    } else if (type !== "INDEX_PAGE") {
      throw new RangeError(`a page of unknown type`);
    }
  }
}

/** The page that begins at byte `at`. Errors: RangeError where it leaves the chunk, or claims to be too large. */
export function pageAt(bytes: Uint8Array, at: number): { header: PageHeader; body: Uint8Array; end: number } {
  const headerEnd = thriftStructEnd(bytes, at);
  const header = parquetHeader({
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    offset: at,
  });
  const { compressed_page_size: compressed, uncompressed_page_size: uncompressed } = header;
  if (!(compressed >= 0 && compressed <= bytes.length - headerEnd)) {
    throw new RangeError(`a page of ${compressed} bytes where ${bytes.length - headerEnd} are left`);
  }
  if (!(uncompressed >= 0 && uncompressed <= MAX_PAGE_BYTES)) {
    throw new RangeError(`a page of ${uncompressed} bytes decompressed; at most ${MAX_PAGE_BYTES}`);
  }
  const end = headerEnd + compressed;
  return { header, body: bytes.subarray(headerEnd, end), end };
}

export function checkCount(count: number | undefined, most: number): void {
  if (!(count !== undefined && count >= 0 && count <= most)) {
    throw new RangeError(`a page of ${count} values where ${most} are possible`);
  }
}
