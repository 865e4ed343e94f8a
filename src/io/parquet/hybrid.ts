import { decodeByKernel } from "./hybrid-kernel.js";

/**
 * Parquet's RLE / bit-packed hybrid (format specification, "Encodings"): the first `count` values of
 * bytes [from, to), each at most `most`. Errors: RangeError where they end early, or one is larger.
 */
export function decodeHybrid(
  bytes: Uint8Array,
  from: number,
  to: number,
  bitWidth: number,
  count: number,
  most: number = 0xffffffff,
): Int32Array {
  if (bitWidth === 0) return new Int32Array(count);
  if (bitWidth > 32) throw new RangeError(`bit width ${bitWidth}`);
  return (
    decodeByKernel(bytes.subarray(from, to), bitWidth, count, most) ??
    decodePlain(bytes, from, to, bitWidth, count, most)
  );
}

/** The same, which the kernel is tested against and which says what is wrong. */
export function decodePlain(
  bytes: Uint8Array,
  from: number,
  to: number,
  bitWidth: number,
  count: number,
  most: number,
): Int32Array {
  const out = new Int32Array(count);
  const widthBytes = (bitWidth + 7) >> 3;
  let position = from;
  let filled = 0;
  while (filled < count) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (position >= to || shift > 28)
        throw new RangeError(`levels or codes end after ${filled} of ${count}`);
      const byte = bytes[position++] ?? 0;
      header |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    const run = header >>> 1;
    if ((header & 1) === 1) {
      const values = Math.min(run * 8, count - filled);
      if (position + Math.ceil((values * bitWidth) / 8) > to)
        throw new RangeError("a bit-packed run ends early");
      unpack(bytes, position, bitWidth, values, out, filled);
      position += run * bitWidth;
      filled += values;
    } else {
      if (position + widthBytes > to) throw new RangeError("a run's value is missing");
      let value = 0;
      for (let byte = 0; byte < widthBytes; byte++) value |= (bytes[position++] ?? 0) << (8 * byte);
      const end = Math.min(filled + run, count);
      out.fill(value, filled, end);
      filled = end;
    }
  }
  for (let index = 0; index < count; index++) {
    const value = (out[index] ?? 0) >>> 0;
    if (value > most) throw new RangeError(`value ${value} where ${most} is the largest`);
  }
  return out;
}

/** Little-endian bit-packed values. */
function unpack(
  bytes: Uint8Array,
  from: number,
  bitWidth: number,
  count: number,
  out: Int32Array,
  at: number,
): void {
  if (bitWidth > 24) {
    for (let index = 0; index < count; index++)
      out[at + index] = wideValue(bytes, from * 8 + index * bitWidth, bitWidth);
    return;
  }
  const mask = (1 << bitWidth) - 1;
  let buffer = 0;
  let bits = 0;
  let position = from;
  for (let index = 0; index < count; index++) {
    while (bits < bitWidth) {
      buffer |= (bytes[position++] ?? 0) << bits;
      bits += 8;
    }
    out[at + index] = buffer & mask;
    buffer >>>= bitWidth;
    bits -= bitWidth;
  }
}

function wideValue(bytes: Uint8Array, firstBit: number, bitWidth: number): number {
  let value = 0;
  for (let bit = 0; bit < bitWidth; bit++) {
    const at = firstBit + bit;
    value |= (((bytes[at >> 3] ?? 0) >> (at & 7)) & 1) << bit;
  }
  return value;
}
