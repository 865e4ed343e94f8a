/** Bytes taken at once ("slicing by 8", Kounavis and Berry 2005): table k is of a byte that k more follow. */
const SLICES = 8;
const tables = tablesOf();

function tablesOf(): Int32Array {
  const all = new Int32Array(256 * SLICES);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    all[byte] = crc;
  }
  for (let at = 256; at < all.length; at++) {
    const before = all[at - 256] ?? 0;
    all[at] = (before >>> 8) ^ (all[before & 255] ?? 0);
  }
  return all;
}

/** CRC-32C (Castagnoli) of the bytes of all parts, masked as LevelDB and TensorFlow store it: rotated right by 15, plus a constant. */
export function maskedCrc32c(parts: Iterable<Uint8Array>): number {
  let crc = -1;
  for (const part of parts) crc = crcAfter(crc, part);
  const final = ~crc >>> 0;
  return (((final >>> 15) | (final << 17)) + 0xa282ead8) >>> 0;
}

function crcAfter(before: number, bytes: Uint8Array): number {
  let crc = before;
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const end = bytes.length - (bytes.length % SLICES); at < end; at += SLICES) {
    const low = crc ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    crc =
      slice(7, low) ^
      slice(6, low >>> 8) ^
      slice(5, low >>> 16) ^
      slice(4, low >>> 24) ^
      slice(3, high) ^
      slice(2, high >>> 8) ^
      slice(1, high >>> 16) ^
      slice(0, high >>> 24);
  }
  for (; at < bytes.length; at++) crc = slice(0, crc ^ (bytes[at] ?? 0)) ^ (crc >>> 8);
  return crc;
}

function slice(following: number, byte: number): number {
  return tables[(following << 8) | (byte & 255)] ?? 0;
}
