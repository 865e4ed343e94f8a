/** One LZ4 block of exactly `length` bytes (LZ4 block format description). Error: RangeError. */
export function decompressLz4(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  if (block(bytes, 0, bytes.length, out, 0) !== length) throw new RangeError("an LZ4 block that ends early");
  return out;
}

/**
 * Parquet's deprecated LZ4 codec: Hadoop's frames (big-endian sizes, then one block), and by some writers a bare block.
 * The frames are tried first, as Arrow does: their sizes must add up, which those of a bare block do not by chance.
 */
export function decompressHadoopLz4(bytes: Uint8Array, length: number): Uint8Array {
  return frames(bytes, length) ?? decompressLz4(bytes, length);
}

function frames(bytes: Uint8Array, length: number): Uint8Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sizes: { from: number; to: number; output: number }[] = [];
  let at = 0;
  let total = 0;
  while (at < bytes.length) {
    if (at + 8 > bytes.length) return undefined;
    const output = view.getUint32(at);
    const to = at + 8 + view.getUint32(at + 4);
    if (to > bytes.length || total + output > length) return undefined;
    sizes.push({ from: at + 8, to, output });
    total += output;
    at = to;
  }
  if (total !== length) return undefined;
  const out = new Uint8Array(length);
  let filled = 0;
  for (const { from, to, output } of sizes) {
    const end = block(bytes, from, to, out, filled);
    if (end !== filled + output) throw new RangeError("an LZ4 frame that ends early");
    filled = end;
  }
  return out;
}

/** Decodes bytes [from, to) into `out` at `start`; where the output ended. */
function block(bytes: Uint8Array, from: number, to: number, out: Uint8Array, start: number): number {
  let at = from;
  let filled = start;
  const lengthAfter = (nibble: number): number => {
    let length = nibble;
    for (let more = nibble === 15; more; ) {
      if (at >= to) throw new RangeError("an LZ4 length that ends early");
      const byte = bytes[at++] ?? 0;
      length += byte;
      more = byte === 255;
    }
    return length;
  };
  while (at < to) {
    const token = bytes[at++] ?? 0;
    const literals = lengthAfter(token >> 4);
    if (literals > to - at || literals > out.length - filled)
      throw new RangeError(`${literals} LZ4 literals`);
    out.set(bytes.subarray(at, at + literals), filled);
    at += literals;
    filled += literals;
    if (at >= to) return filled;
    if (at + 2 > to) throw new RangeError("an LZ4 offset that ends early");
    const offset = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    at += 2;
    const length = lengthAfter(token & 15) + 4;
    const begin = filled - offset;
    if (offset === 0 || begin < start || length > out.length - filled) {
      throw new RangeError(`an LZ4 copy of ${length} bytes from ${offset} back`);
    }
    // Source and target may overlap: a byte at a time repeats what was just written.
    for (const end = filled + length; filled < end; filled++) out[filled] = out[filled - offset] ?? 0;
  }
  return filled;
}
