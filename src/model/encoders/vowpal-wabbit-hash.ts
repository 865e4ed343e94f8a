import { murmur3 } from "./murmur3.js";

/**
 * Index of a feature as Vowpal Wabbit hashes it (hashstring.h, --hash strings, the default), as an unsigned 32-bit number
 * to be masked by the bits of the model: MurmurHash3 with the namespace's hash as seed; a name of digits alone is its
 * number plus that hash. Spaces and control characters around the name do not count.
 */
export function vowpalWabbitHash(
  bytes: Uint8Array,
  start: number,
  end: number,
  namespaceHash: number,
): number {
  let from = start;
  let to = end;
  while (from < to && (bytes[from] ?? 0) <= 0x20) from++;
  while (to > from && (bytes[to - 1] ?? 0) <= 0x20) to--;
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return murmur3(bytes, from, to, namespaceHash) >>> 0;
    number = (Math.imul(number, 10) + digit) | 0;
  }
  return (number + namespaceHash) >>> 0;
}

/** The seed of a namespace's features; the one without a name ("") has 0. */
export function namespaceHash(name: string): number {
  const bytes = new TextEncoder().encode(name);
  return name === "" ? 0 : vowpalWabbitHash(bytes, 0, bytes.length, 0);
}

/** Index of the constant, before the mask (constant.h). */
export const VOWPAL_WABBIT_CONSTANT = 11_650_396;
