import { decodeHybrid } from "./hybrid.js";

/**
 * Codes into a dictionary of `size` entries (undefined: the column has none); undefined where the page's encoding is
 * another. Error: RangeError for a code outside the dictionary, so that no caller need look again.
 */
export function dictionaryCodes(
  encoding: string,
  bytes: Uint8Array,
  count: number,
  size: number | undefined,
): Int32Array | undefined {
  if (encoding !== "PLAIN_DICTIONARY" && encoding !== "RLE_DICTIONARY") return undefined;
  if (count === 0) return new Int32Array(0);
  if (size === undefined) throw new RangeError("dictionary codes without a dictionary");
  const bitWidth = bytes[0];
  if (bitWidth === undefined) throw new RangeError("dictionary codes end early");
  if (size === 0) throw new RangeError("dictionary codes of an empty dictionary");
  return decodeHybrid(bytes, 1, bytes.length, bitWidth, count, size - 1);
}
