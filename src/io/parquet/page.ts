import type { PageHeader } from "hyparquet/src/types.js";
import type { Decompress } from "./compressors.js";
import { bitPackedLength, countNulls, nullsOfBitPacked, nullsOfHybrid } from "./levels.js";

/** A page may not claim to decompress to more than this. */
export const MAX_PAGE_BYTES: number = 2 ** 29;

/** One data page of a flat column: which rows are null, and the others' values, still encoded. */
export interface DataPage {
  rows: number;
  /** 1 where the row is null; absent when none is. */
  nulls?: Uint8Array;
  encoding: string;
  /** Of the `count` rows that are not null, in order. */
  bytes: Uint8Array;
  count: number;
}

/** `body` are the bytes after the page header. Errors: RangeError for a malformed page. */
export function readPage(
  header: PageHeader,
  body: Uint8Array,
  isOptional: boolean,
  decompress: Decompress,
): DataPage {
  const { data_page_header: first, data_page_header_v2: second, uncompressed_page_size: size } = header;
  if (first !== undefined) {
    const rows = first.num_values;
    const bytes = decompress(body, size);
    const levels = isOptional ? levelsBefore(bytes, rows, first.definition_level_encoding) : { length: 0 };
    return dataPage(rows, levels.nulls, first.encoding, bytes.subarray(levels.length));
  }
  if (second === undefined) throw new RangeError("a data page without its header");
  const {
    num_values: rows,
    repetition_levels_byte_length: repetition,
    definition_levels_byte_length: definition,
  } = second;
  const levels = repetition + definition;
  if (!(repetition >= 0 && definition >= 0 && levels <= body.length && levels <= size)) {
    throw new RangeError(`levels of ${levels} bytes in a page of ${body.length}`);
  }
  const nulls = isOptional && definition > 0 ? nullsOfHybrid(body, repetition, levels, rows) : undefined;
  const found = countNulls(nulls);
  if (found !== second.num_nulls) throw new RangeError(`${second.num_nulls} nulls declared, ${found} found`);
  const values = body.subarray(levels);
  const isCompressed = second.is_compressed !== false && size > levels;
  return dataPage(rows, nulls, second.encoding, isCompressed ? decompress(values, size - levels) : values);
}

/** Version 1: the levels stand in the page itself, after their length. */
function levelsBefore(
  bytes: Uint8Array,
  rows: number,
  encoding: string,
): { nulls?: Uint8Array; length: number } {
  if (encoding === "BIT_PACKED") return withNulls(nullsOfBitPacked(bytes, rows), bitPackedLength(rows));
  if (encoding !== "RLE") throw new RangeError(`definition levels in ${encoding}`);
  if (bytes.length < 4) throw new RangeError("definition levels end early");
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  if (length > bytes.length - 4) throw new RangeError(`definition levels of ${length} bytes`);
  return withNulls(nullsOfHybrid(bytes, 4, 4 + length, rows), 4 + length);
}

function withNulls(nulls: Uint8Array | undefined, length: number): { nulls?: Uint8Array; length: number } {
  return nulls === undefined ? { length } : { nulls, length };
}

function dataPage(
  rows: number,
  nulls: Uint8Array | undefined,
  encoding: string,
  bytes: Uint8Array,
): DataPage {
  return {
    rows,
    encoding,
    bytes,
    count: rows - countNulls(nulls),
    ...(nulls === undefined ? {} : { nulls }),
  };
}
