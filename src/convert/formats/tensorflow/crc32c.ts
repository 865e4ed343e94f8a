const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** CRC-32C (Castagnoli) of the bytes, masked as LevelDB and TensorFlow store it: rotated right by 15, plus a constant. */
export function maskedCrc32c(...parts: readonly Uint8Array[]): number {
  let crc = -1;
  for (const part of parts) for (const byte of part) crc = (table[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  const final = ~crc >>> 0;
  return (((final >>> 15) | (final << 17)) + 0xa282ead8) >>> 0;
}
