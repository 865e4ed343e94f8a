import type { PageHeader } from "hyparquet/src/types.js";
import type { Decompress } from "./compressors.js";
import { decodeHybrid } from "./hybrid.js";

/** One data page of a column of lists: a pair of levels for each value, null or list without values. */
export interface LevelledPage {
  /** 0 where a row begins, 1 where its list goes on. */
  repetition: Int32Array;
  /** At most the layout's valueLevel. */
  definition: Int32Array;
  encoding: string;
  /** Of the values that are there, still encoded. */
  bytes: Uint8Array;
}

/** `body` are the bytes after the page header. Errors: RangeError for a malformed page. */
export function readLevelledPage(
  header: PageHeader,
  body: Uint8Array,
  valueLevel: number,
  decompress: Decompress,
): LevelledPage {
  const { data_page_header: first, data_page_header_v2: second, uncompressed_page_size: size } = header;
  if (first !== undefined) {
    const bytes = decompress(body, size);
    const count = first.num_values;
    const repetition = levelsBefore(bytes, 0, count, 1, first.repetition_level_encoding);
    const definition = levelsBefore(
      bytes,
      repetition.end,
      count,
      valueLevel,
      first.definition_level_encoding,
    );
    return {
      repetition: repetition.levels,
      definition: definition.levels,
      encoding: first.encoding,
      bytes: bytes.subarray(definition.end),
    };
  }
  if (second === undefined) throw new RangeError("a data page without its header");
  const {
    num_values: count,
    repetition_levels_byte_length: repetitionBytes,
    definition_levels_byte_length: definitionBytes,
  } = second;
  const levels = repetitionBytes + definitionBytes;
  if (!(repetitionBytes >= 0 && definitionBytes >= 0 && levels <= body.length && levels <= size)) {
    throw new RangeError(`levels of ${levels} bytes in a page of ${body.length}`);
  }
  const values = body.subarray(levels);
  const isCompressed = second.is_compressed !== false && size > levels;
  // Writers differ in whether an empty list is one of the header's num_nulls: the levels alone are believed.
  return {
    repetition: hybridLevels(body, 0, repetitionBytes, count, 1),
    definition: hybridLevels(body, repetitionBytes, levels, count, valueLevel),
    encoding: second.encoding,
    bytes: isCompressed ? decompress(values, size - levels) : values,
  };
}

/** Version 1: the levels stand in the page itself, after their length; BIT_PACKED, which is old, has none. */
function levelsBefore(
  bytes: Uint8Array,
  from: number,
  count: number,
  most: number,
  encoding: string,
): { levels: Int32Array; end: number } {
  if (encoding === "BIT_PACKED") return bitPackedLevels(bytes, from, count, most);
  if (encoding !== "RLE") throw new RangeError(`levels in ${encoding}`);
  if (from + 4 > bytes.length) throw new RangeError("levels end early");
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(from, true);
  const end = from + 4 + length;
  if (end > bytes.length) throw new RangeError(`levels of ${length} bytes`);
  return { levels: hybridLevels(bytes, from + 4, end, count, most), end };
}

function hybridLevels(bytes: Uint8Array, from: number, to: number, count: number, most: number): Int32Array {
  return checkLevels(decodeHybrid(bytes, from, to, bitWidth(most), count), most);
}

/** Most significant bit first. */
function bitPackedLevels(
  bytes: Uint8Array,
  from: number,
  count: number,
  most: number,
): { levels: Int32Array; end: number } {
  const width = bitWidth(most);
  const end = from + Math.ceil((count * width) / 8);
  if (end > bytes.length) throw new RangeError("levels end early");
  const levels = new Int32Array(count);
  for (let index = 0, bit = from * 8; index < count; index++) {
    let level = 0;
    for (let taken = 0; taken < width; taken++, bit++)
      level = (level << 1) | (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
    levels[index] = level;
  }
  return { levels: checkLevels(levels, most), end };
}

function checkLevels(levels: Int32Array, most: number): Int32Array {
  for (let index = 0; index < levels.length; index++) {
    const level = levels[index] ?? 0;
    if (level < 0 || level > most) throw new RangeError(`a level of ${level} where ${most} is the highest`);
  }
  return levels;
}

function bitWidth(most: number): number {
  return 32 - Math.clz32(most);
}
