import { decompressPage, readDataPage, readDataPageV2 } from "hyparquet/src/datapage.js";
import { getMaxDefinitionLevel } from "hyparquet/src/schema.js";
import type { ColumnDecoder, DecodedArray, PageHeader } from "hyparquet/src/types.js";
import { decodeHybrid } from "./levels.js";

/** A page may not claim to decompress to more than this. */
export const MAX_PAGE_BYTES: number = 1 << 30;

/** One data page of a flat column: which rows are null, and the others' values. */
export interface DataPage {
  rows: number;
  /** 1 where the row is null; absent when none is. */
  nulls?: Uint8Array;
  /** Of the rows that are not null, in order. */
  values: PageValues;
}

export type PageValues =
  | { kind: "codes"; codes: Int32Array }
  /** PLAIN bytes of the column's physical type, still encoded. */
  | { kind: "plain"; bytes: Uint8Array; count: number }
  | { kind: "decoded"; values: DecodedArray };

/** `compressed` are the bytes after the page header. Errors: RangeError or hyparquet's for a malformed page. */
export function readPage(
  header: PageHeader,
  compressed: Uint8Array,
  decoder: ColumnDecoder,
): DataPage | undefined {
  const { codec, compressors, schemaPath } = decoder;
  const maxLevel = getMaxDefinitionLevel(schemaPath);
  if (header.data_page_header !== undefined) {
    const page = header.data_page_header;
    const bytes = decompressPage(compressed, header.uncompressed_page_size, codec, compressors);
    const rows = page.num_values;
    let position = 0;
    let nulls: Uint8Array | undefined;
    if (maxLevel > 0) {
      if (page.definition_level_encoding !== "RLE")
        return decodedPage(rows, readDataPage(bytes, page, decoder), maxLevel);
      const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
      position = 4 + length;
      if (position > bytes.length) throw new RangeError(`definition levels of ${length} bytes`);
      nulls = nullsOf(decodeHybrid(bytes, 4, position, bitWidth(maxLevel), rows), maxLevel);
    }
    const values = valuesOf(page.encoding, bytes, position, rows - countNulls(nulls));
    return values === undefined
      ? decodedPage(rows, readDataPage(bytes, page, decoder), maxLevel)
      : { rows, ...(nulls === undefined ? {} : { nulls }), values };
  }
  if (header.data_page_header_v2 !== undefined) {
    const page = header.data_page_header_v2;
    const rows = page.num_values;
    const { repetition_levels_byte_length: repetition, definition_levels_byte_length: definition } = page;
    const levels = repetition + definition;
    if (repetition < 0 || definition < 0 || levels > compressed.length)
      throw new RangeError(`levels of ${levels} bytes`);
    const nulls =
      maxLevel > 0 && definition > 0
        ? nullsOf(decodeHybrid(compressed, repetition, levels, bitWidth(maxLevel), rows), maxLevel)
        : undefined;
    if (countNulls(nulls) !== page.num_nulls)
      throw new RangeError(`${page.num_nulls} nulls declared, ${countNulls(nulls)} found`);
    const body = compressed.subarray(levels);
    const size = header.uncompressed_page_size - levels;
    const isCompressed = page.is_compressed !== false && size > 0;
    const bytes = isCompressed ? decompressPage(body, size, codec, compressors) : body;
    const values = valuesOf(page.encoding, bytes, 0, rows - page.num_nulls);
    if (values !== undefined) return { rows, ...(nulls === undefined ? {} : { nulls }), values };
    const { dataPage } = readDataPageV2(compressed, header, decoder);
    return { rows, ...(nulls === undefined ? {} : { nulls }), values: { kind: "decoded", values: dataPage } };
  }
  return undefined;
}

function valuesOf(
  encoding: string,
  bytes: Uint8Array,
  position: number,
  count: number,
): PageValues | undefined {
  if (encoding === "PLAIN") return { kind: "plain", bytes: bytes.subarray(position), count };
  if (encoding !== "PLAIN_DICTIONARY" && encoding !== "RLE_DICTIONARY") return undefined;
  if (count === 0) return { kind: "codes", codes: new Int32Array(0) };
  const width = bytes[position] ?? 255;
  return { kind: "codes", codes: decodeHybrid(bytes, position + 1, bytes.length, width, count) };
}

/** Encodings that this file leaves to hyparquet. */
function decodedPage(
  rows: number,
  { definitionLevels, dataPage }: { definitionLevels: number[] | undefined; dataPage: DecodedArray },
  maxLevel: number,
): DataPage {
  const levels = definitionLevels?.length === rows ? Int32Array.from(definitionLevels) : undefined;
  const nulls = levels && nullsOf(levels, maxLevel);
  return { rows, ...(nulls === undefined ? {} : { nulls }), values: { kind: "decoded", values: dataPage } };
}

function nullsOf(levels: Int32Array, maxLevel: number): Uint8Array | undefined {
  const nulls = Uint8Array.from(levels, (level) => (level === maxLevel ? 0 : 1));
  return nulls.includes(1) ? nulls : undefined;
}

function countNulls(nulls: Uint8Array | undefined): number {
  let count = 0;
  for (const isNull of nulls ?? []) count += isNull;
  return count;
}

function bitWidth(value: number): number {
  return 32 - Math.clz32(value);
}
