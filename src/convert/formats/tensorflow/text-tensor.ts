import { readVarint } from "../wire.js";
import { maskedCrc32c } from "./crc32c.js";

/**
 * The elements of a string tensor: lengths as varints, the masked CRC-32C of the lengths, then the bytes of all. Also
 * the checksum that its entry must have, which counts each length as four bytes. Error: RangeError for damage.
 */
export function readTexts(bytes: Uint8Array, count: number): { texts: Uint8Array[]; crc: number } {
  if (count > bytes.length) throw new RangeError(`${count} texts in ${bytes.length} bytes`);
  const lengths = new Uint32Array(count);
  let at = 0;
  for (let index = 0; index < count; index++) {
    const { value, next } = readVarint(bytes, at);
    lengths[index] = value;
    at = next;
  }
  const encoded = new Uint8Array(4 * count);
  const view = new DataView(encoded.buffer);
  lengths.forEach((length, index) => {
    view.setUint32(4 * index, length, true);
  });
  const stored = bytes.subarray(at, at + 4);
  if (
    stored.length < 4 ||
    maskedCrc32c([encoded]) !== new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true)
  )
    throw new RangeError("another checksum of the lengths of texts");
  at += 4;
  const first = at;
  const texts = Array.from(lengths, (length) => {
    if (at + length > bytes.length) throw new RangeError(`a text of ${length} bytes at ${at}`);
    at += length;
    return bytes.subarray(at - length, at);
  });
  if (at !== bytes.length) throw new RangeError(`${bytes.length - at} bytes after the last text`);
  return { texts, crc: maskedCrc32c([encoded, stored, bytes.subarray(first)]) };
}
