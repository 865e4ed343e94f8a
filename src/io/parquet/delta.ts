/** Values of a DELTA_BINARY_PACKED section, and where the section ends. */
export interface DeltaValues {
  /** Low and, for 64 bits, high halves, little-endian: as PLAIN bytes have them. */
  plain: Uint8Array;
  end: number;
}

const MAX_BLOCK_VALUES = 2 ** 20;

/**
 * DELTA_BINARY_PACKED (format specification, "Delta Encoding"): blocks of bit-packed differences to a least difference,
 * with two's complement overflow. Arithmetic is on 32-bit halves, which is exact and needs no BigInt.
 * Errors: RangeError where the section is not well formed or does not hold `count` values.
 */
export function decodeDelta(bytes: Uint8Array, from: number, count: number, width: 4 | 8): DeltaValues {
  const reader: Varints = { bytes, at: from, low: 0, high: 0 };
  const blockValues = readNumber(reader);
  const miniblocks = readNumber(reader);
  const total = readNumber(reader);
  const perMiniblock = blockValues / miniblocks;
  if (!(blockValues > 0 && blockValues <= MAX_BLOCK_VALUES && perMiniblock % 8 === 0)) {
    throw new RangeError(`delta blocks of ${blockValues} values in ${miniblocks} parts`);
  }
  if (total !== count) throw new RangeError(`${total} delta values where ${count} are due`);
  const words = width / 4;
  const out = new Int32Array(count * words);
  readZigZag(reader);
  let { low, high } = reader;
  let filled = 0;
  const put = (): void => {
    out[filled * words] = low;
    if (words === 2) out[filled * words + 1] = high;
    filled += 1;
  };
  if (count > 0) put();
  while (filled < count) {
    readZigZag(reader);
    const { low: leastLow, high: leastHigh } = reader;
    const widthsAt = reader.at;
    reader.at += miniblocks;
    for (let miniblock = 0; miniblock < miniblocks && filled < count; miniblock++) {
      const bits = bytes[widthsAt + miniblock];
      if (bits === undefined || bits > 64) throw new RangeError(`delta values of ${bits} bits`);
      const end = reader.at + (perMiniblock * bits) / 8;
      if (end > bytes.length) throw new RangeError("delta values end early");
      for (let index = 0; index < perMiniblock && filled < count; index++) {
        const bit = index * bits;
        const addLow = unsignedBits(bytes, reader.at, bit, Math.min(bits, 32));
        const addHigh = bits > 32 ? unsignedBits(bytes, reader.at, bit + 32, bits - 32) : 0;
        const sum = (low >>> 0) + (leastLow >>> 0) + addLow;
        high = (high + leastHigh + addHigh + Math.floor(sum / 4294967296)) | 0;
        low = sum | 0;
        put();
      }
      reader.at = end;
    }
  }
  return { plain: new Uint8Array(out.buffer), end: reader.at };
}

/** Up to 32 bits, least significant first, as an unsigned number. */
function unsignedBits(bytes: Uint8Array, from: number, bit: number, count: number): number {
  let value = 0;
  let taken = 0;
  let at = from + (bit >> 3);
  let offset = bit & 7;
  while (taken < count) {
    const take = Math.min(8 - offset, count - taken);
    value += (((bytes[at] ?? 0) >> offset) & ((1 << take) - 1)) * 2 ** taken;
    taken += take;
    offset = 0;
    at += 1;
  }
  return value;
}

/** The last varint read is in `low` and `high`, so that reading one allocates nothing. */
interface Varints {
  bytes: Uint8Array;
  at: number;
  low: number;
  high: number;
}

function readVarint(reader: Varints): void {
  reader.low = 0;
  reader.high = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined || shift > 63) throw new RangeError("a delta header ends early");
    const part = byte & 127;
    if (shift < 32) reader.low |= part << shift;
    if (shift > 24) reader.high |= shift < 32 ? part >>> (32 - shift) : part << (shift - 32);
    if (byte < 128) return;
  }
}

function readNumber(reader: Varints): number {
  readVarint(reader);
  return (reader.high >>> 0) * 4294967296 + (reader.low >>> 0);
}

function readZigZag(reader: Varints): void {
  readVarint(reader);
  const sign = -(reader.low & 1);
  reader.low = ((reader.low >>> 1) | (reader.high << 31)) ^ sign;
  reader.high = (reader.high >>> 1) ^ sign;
}
