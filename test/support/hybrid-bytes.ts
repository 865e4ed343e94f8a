/** Parquet's RLE / bit-packed hybrid of values, bit-packed (a multiple of 8) or a run of one. */
export function hybridBytes(
  width: number,
  parts: readonly (readonly number[] | { value: number; run: number })[],
): Uint8Array {
  const bytes: number[] = [];
  const varint = (value: number): void => {
    let left = value;
    for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
    bytes.push(left);
  };
  for (const part of parts) {
    if ("run" in part) {
      varint(part.run * 2);
      pack([part.value], 8 * Math.ceil(width / 8), bytes);
    } else {
      varint((part.length / 8) * 2 + 1);
      pack(part, width, bytes);
    }
  }
  return Uint8Array.from(bytes);
}

/** Little-endian, `width` bits each. */
function pack(values: readonly number[], width: number, into: number[]): void {
  let buffer = 0;
  let bits = 0;
  for (const value of values) {
    // Below 2^39: a double holds it.
    buffer += value * 2 ** bits;
    bits += width;
    for (; bits >= 8; bits -= 8) {
      into.push(buffer % 256);
      buffer = Math.floor(buffer / 256);
    }
  }
}
