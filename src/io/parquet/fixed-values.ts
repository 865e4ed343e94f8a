import { decodeDelta } from "./delta.js";
import { decodeHybrid } from "./hybrid.js";
import { MAX_PAGE_BYTES } from "./page.js";

/**
 * Values of `width` bytes each, as PLAIN has them, from any encoding that the format has for them.
 * Errors: RangeError where the page holds fewer than `count`, or an encoding that does not belong.
 */
export function fixedValues(encoding: string, bytes: Uint8Array, count: number, width: number): Uint8Array {
  if (!(width > 0 && count * width <= MAX_PAGE_BYTES))
    throw new RangeError(`${count} values of ${width} bytes`);
  switch (encoding) {
    case "PLAIN":
      holds(bytes, count, width);
      return bytes;
    case "BYTE_STREAM_SPLIT":
      holds(bytes, count, width);
      return joinStreams(bytes, count, width);
    case "DELTA_BINARY_PACKED":
      if (width === 4 || width === 8) return count === 0 ? bytes : decodeDelta(bytes, 0, count, width).plain;
  }
  throw new RangeError(`the encoding ${encoding} for values of ${width} bytes`);
}

/** Booleans as 0 and 1: PLAIN is a bit each; RLE is the hybrid after its length. */
export function booleanValues(encoding: string, bytes: Uint8Array, count: number): Int32Array {
  if (count === 0) return new Int32Array(0);
  if (encoding === "PLAIN") {
    if (Math.ceil(count / 8) > bytes.length)
      throw new RangeError(`${count} booleans in ${bytes.length} bytes`);
    const values = new Int32Array(count);
    for (let index = 0; index < count; index++) values[index] = ((bytes[index >> 3] ?? 0) >> (index & 7)) & 1;
    return values;
  }
  if (encoding === "RLE") {
    holds(bytes, 1, 4);
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    if (length > bytes.length - 4) throw new RangeError(`booleans of ${length} bytes`);
    const values = decodeHybrid(bytes, 4, 4 + length, 1, count);
    if (values.some((value) => value > 1)) throw new RangeError("a boolean that is neither 0 nor 1");
    return values;
  }
  throw new RangeError(`the encoding ${encoding} for booleans`);
}

function joinStreams(bytes: Uint8Array, count: number, width: number): Uint8Array {
  const joined = new Uint8Array(count * width);
  for (let stream = 0; stream < width; stream++) {
    for (let index = 0; index < count; index++)
      joined[index * width + stream] = bytes[stream * count + index] ?? 0;
  }
  return joined;
}

function holds(bytes: Uint8Array, count: number, width: number): void {
  if (count * width > bytes.length)
    throw new RangeError(`${count} values of ${width} bytes in ${bytes.length} bytes`);
}
