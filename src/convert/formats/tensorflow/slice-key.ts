import type { Slice } from "./bundle-entry.js";

/**
 * The key of a piece of a partitioned variable (EncodeTensorNameSlice of tensorflow/core/util/saved_tensor_slice_util.cc,
 * in the encoding of lib/strings/ordered_code.cc), as one character a byte.
 */
export function sliceKey(name: string, slice: Slice): string {
  const bytes: number[] = [];
  writeNumber(bytes, 0);
  writeText(bytes, new TextEncoder().encode(name));
  writeNumber(bytes, slice.length);
  for (const { start, length } of slice) {
    writeSigned(bytes, start);
    writeSigned(bytes, length);
  }
  return String.fromCharCode(...bytes);
}

/** The count of bytes, then those bytes, without leading zeros. */
function writeNumber(into: number[], value: number): void {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  into.push(bytes.length, ...bytes);
}

/** Zeros and 255s are told from the end, which is 0 and 1. */
function writeText(into: number[], text: Uint8Array): void {
  for (const byte of text) {
    into.push(byte);
    if (byte === 0) into.push(255);
    if (byte === 255) into.push(0);
  }
  into.push(0, 1);
}

/** Ones for the count of bytes and the sign, then the number: six bits in one byte, seven more with each further one. */
function writeSigned(into: number[], value: number): void {
  const magnitude = value < 0 ? -1 - value : value;
  let count = 1;
  while (magnitude >= 2 ** (7 * count - 1)) count += 1;
  const bytes: number[] = [];
  for (let at = 0, rest = value; at < count; at++, rest = Math.floor(rest / 256)) bytes.unshift(rest & 255);
  // The first `count` bits of the header are ones, the others zeros.
  const header = 2 ** 16 - 2 ** (16 - count);
  into.push((bytes[0] ?? 0) ^ (header >>> 8));
  if (count > 1) into.push((bytes[1] ?? 0) ^ (header & 255), ...bytes.slice(2));
}
