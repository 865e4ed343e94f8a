import { load32 } from "./u64.js";

/** MurmurHash3_x86_32 (Appleby) of bytes [start, end), as a signed 32-bit number. */
export function murmur3(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed | 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    hash ^= scramble(load32(bytes, at));
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let index = end - 1; index >= at; index--) tail = (tail << 8) | (bytes[index] ?? 0);
  if (at < end) hash ^= scramble(tail);
  hash ^= end - start;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

/**
 * Row of a value whose bucket has a sign, as scikit-learn's FeatureHasher gives it (alternate_sign, the default): the
 * bucket |hash| mod `buckets`, and `buckets` more where the hash is negative. The rows of the second half hold the
 * weights of the first with the other sign.
 */
export function signedBucket(bytes: Uint8Array, start: number, end: number, buckets: number): number {
  const hash = murmur3(bytes, start, end, 0);
  // |-2^31| is no int32: scikit-learn takes 2^31 mod buckets by a way of its own, to the same end.
  const bucket = Math.abs(hash) % buckets;
  return hash < 0 ? buckets + bucket : bucket;
}
