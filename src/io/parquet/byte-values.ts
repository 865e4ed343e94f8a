import { decodeDelta } from "./delta.js";
import { fixedValues } from "./fixed-values.js";
import { MAX_PAGE_BYTES } from "./page.js";

/** Value i is bytes [starts[i], ends[i]). */
export interface ByteValues {
  bytes: Uint8Array;
  starts: Int32Array;
  ends: Int32Array;
}

/**
 * Values of bytes; `fixedLength` for FIXED_LEN_BYTE_ARRAY, undefined for BYTE_ARRAY.
 * Errors: RangeError where a value leaves the page, or an encoding that does not belong.
 */
export function byteValues(
  encoding: string,
  bytes: Uint8Array,
  count: number,
  fixedLength: number | undefined,
): ByteValues {
  if (encoding === "DELTA_BYTE_ARRAY") return checkLengths(withPrefixes(bytes, count), fixedLength);
  if (fixedLength !== undefined)
    return equalParts(fixedValues(encoding, bytes, count, fixedLength), count, fixedLength);
  if (encoding === "PLAIN") return lengthBefore(bytes, count);
  if (encoding === "DELTA_LENGTH_BYTE_ARRAY") return lengthsFirst(bytes, 0, count);
  throw new RangeError(`the encoding ${encoding} for texts`);
}

function lengthBefore(bytes: Uint8Array, count: number): ByteValues {
  if (count * 4 > bytes.length) throw new RangeError(`${count} texts in ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + 4 > bytes.length) throw new RangeError(`${index} of ${count} texts`);
    const length = view.getUint32(at, true);
    at += 4;
    if (length > bytes.length - at) throw new RangeError(`a text of ${length} bytes`);
    starts[index] = at;
    at += length;
    ends[index] = at;
  }
  return { bytes, starts, ends };
}

function equalParts(bytes: Uint8Array, count: number, length: number): ByteValues {
  const starts = Int32Array.from({ length: count }, (_, index) => index * length);
  return { bytes, starts, ends: starts.map((start) => start + length) };
}

/** DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes. */
function lengthsFirst(bytes: Uint8Array, from: number, count: number): ByteValues {
  if (count === 0) return { bytes, starts: new Int32Array(0), ends: new Int32Array(0) };
  const { plain, end } = decodeDelta(bytes, from, count, 4);
  const lengths = new Int32Array(plain.buffer, plain.byteOffset, count);
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  let at = end;
  for (let index = 0; index < count; index++) {
    const length = lengths[index] ?? 0;
    if (length < 0 || length > bytes.length - at) throw new RangeError(`a text of ${length} bytes`);
    starts[index] = at;
    at += length;
    ends[index] = at;
  }
  return { bytes, starts, ends };
}

/** DELTA_BYTE_ARRAY: how much of the value before is kept, then the suffixes. */
function withPrefixes(bytes: Uint8Array, count: number): ByteValues {
  if (count === 0) return { bytes, starts: new Int32Array(0), ends: new Int32Array(0) };
  const { plain, end } = decodeDelta(bytes, 0, count, 4);
  const prefixes = new Int32Array(plain.buffer, plain.byteOffset, count);
  const suffixes = lengthsFirst(bytes, end, count);
  const joined = new Uint8Array(joinedLength(prefixes, suffixes));
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  let at = 0;
  for (let index = 0; index < count; index++) {
    const before = index === 0 ? 0 : (starts[index - 1] ?? 0);
    const prefix = prefixes[index] ?? 0;
    const suffix = bytes.subarray(suffixes.starts[index], suffixes.ends[index]);
    joined.copyWithin(at, before, before + prefix);
    joined.set(suffix, at + prefix);
    starts[index] = at;
    at += prefix + suffix.length;
    ends[index] = at;
  }
  return { bytes: joined, starts, ends };
}

/** Prefixes make values out of few bytes, so their sum is bounded before any of it is made. */
function joinedLength(prefixes: Int32Array, { starts, ends }: ByteValues): number {
  let sum = 0;
  let previous = 0;
  for (let index = 0; index < prefixes.length; index++) {
    const prefix = prefixes[index] ?? 0;
    if (prefix < 0 || prefix > previous) throw new RangeError(`a prefix of ${prefix} bytes of ${previous}`);
    previous = prefix + (ends[index] ?? 0) - (starts[index] ?? 0);
    sum += previous;
    if (sum > MAX_PAGE_BYTES) throw new RangeError(`texts of more than ${MAX_PAGE_BYTES} bytes in a page`);
  }
  return sum;
}

function checkLengths(values: ByteValues, fixedLength: number | undefined): ByteValues {
  const isWrong = (end: number, index: number): boolean => end - (values.starts[index] ?? 0) !== fixedLength;
  if (fixedLength !== undefined && values.ends.some(isWrong))
    throw new RangeError(`a value not of ${fixedLength} bytes`);
  return values;
}
