import { readVarint } from "../wire.js";

/** Blocks of an index are small; a larger claim is damage. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024;
/** A copy of two bytes gives at most 11, one of three at most 64. */
const MAX_RATIO = 64 / 3;

/** Snappy raw format (google/snappy, format_description.txt). Error: RangeError for anything out of bounds. */
export function decompressSnappy(input: Uint8Array): Uint8Array {
  const { value: length, next } = readVarint(input, 0);
  if (length > Math.min(MAX_BLOCK_BYTES, input.length * MAX_RATIO))
    throw new RangeError(`a block of ${input.length} bytes that claims ${length}`);
  const output = new Uint8Array(length);
  let read = next;
  let written = 0;
  while (read < input.length) {
    const tag = input[read++] ?? 0;
    if ((tag & 3) === 0) {
      let size = (tag >> 2) + 1;
      if (size > 60) {
        const extra = size - 60;
        size = 1 + littleEndian(input, read, extra);
        read += extra;
      }
      if (read + size > input.length || written + size > length)
        throw new RangeError("a literal out of bounds");
      output.set(input.subarray(read, read + size), written);
      read += size;
      written += size;
      continue;
    }
    const kind = tag & 3;
    const size = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const offsetBytes = kind === 1 ? 1 : kind === 2 ? 2 : 4;
    const offset = littleEndian(input, read, offsetBytes) + (kind === 1 ? (tag >> 5) * 256 : 0);
    read += offsetBytes;
    if (offset === 0 || offset > written || written + size > length)
      throw new RangeError("a copy out of bounds");
    for (let index = 0; index < size; index++, written++) output[written] = output[written - offset] ?? 0;
  }
  if (written !== length) throw new RangeError(`${written} of ${length} bytes decompressed`);
  return output;
}

function littleEndian(bytes: Uint8Array, from: number, count: number): number {
  if (from + count > bytes.length) throw new RangeError("the block ends early");
  let value = 0;
  for (let index = count - 1; index >= 0; index--) value = value * 256 + (bytes[from + index] ?? 0);
  return value;
}
