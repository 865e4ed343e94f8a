import { add, load64, modulo, type Registers, rotate, setConstant, setNumber, xor } from "./u64.js";

const r: Registers = new Int32Array(22);
const [V0, V1, V2, V3, M, KEY0, KEY1] = [0, 2, 4, 6, 8, 10, 12];
/** "somepseudorandomlygeneratedbytes". */
const INITIAL = [14, 16, 18, 20] as const;
["736f6d6570736575", "646f72616e646f6d", "6c7967656e657261", "7465646279746573"].forEach((digits, at) => {
  setConstant(r, INITIAL[at] ?? 0, digits);
});

/**
 * SipHash-2-4 (Aumasson and Bernstein 2012) of bytes [start, end) under a key of two halves (each at most 2^53), modulo
 * `buckets` (below 2^31): TensorFlow's StringToHashBucketStrong, and Keras' Hashing with a salt.
 */
export function siphashBucket(
  bytes: Uint8Array,
  start: number,
  end: number,
  key: readonly [number, number],
  buckets: number,
): number {
  setNumber(r, KEY0, key[0]);
  setNumber(r, KEY1, key[1]);
  hash(bytes, start, end);
  return modulo(r, V0, buckets);
}

/** The whole hash, under a key of 16 bytes. */
export function siphash(bytes: Uint8Array, key: Uint8Array): bigint {
  load64(r, KEY0, key, 0);
  load64(r, KEY1, key, 8);
  hash(bytes, 0, bytes.length);
  return BigInt.asUintN(32, BigInt(r[V0] ?? 0)) | (BigInt.asUintN(32, BigInt(r[V0 + 1] ?? 0)) << 32n);
}

/** Into V0. */
function hash(bytes: Uint8Array, start: number, end: number): void {
  xor(r, V0, KEY0, INITIAL[0]);
  xor(r, V1, KEY1, INITIAL[1]);
  xor(r, V2, KEY0, INITIAL[2]);
  xor(r, V3, KEY1, INITIAL[3]);
  let at = start;
  for (; at + 8 <= end; at += 8) {
    load64(r, M, bytes, at);
    absorb();
  }
  // The last block: what is left, and the length in its last byte.
  r[M] = 0;
  r[M + 1] = (end - start) << 24;
  for (let index = at; index < end; index++) {
    const byte = index - at;
    const half = byte < 4 ? M : M + 1;
    r[half] = (r[half] ?? 0) | ((bytes[index] ?? 0) << (8 * (byte & 3)));
  }
  absorb();
  setNumber(r, M, 255);
  xor(r, V2, V2, M);
  for (let round = 0; round < 4; round++) sipRound();
  xor(r, V0, V0, V1);
  xor(r, V0, V0, V2);
  xor(r, V0, V0, V3);
}

function absorb(): void {
  xor(r, V3, V3, M);
  sipRound();
  sipRound();
  xor(r, V0, V0, M);
}

function sipRound(): void {
  add(r, V0, V0, V1);
  rotate(r, V1, V1, 64 - 13);
  xor(r, V1, V1, V0);
  swapHalves(V0);
  add(r, V2, V2, V3);
  rotate(r, V3, V3, 64 - 16);
  xor(r, V3, V3, V2);
  add(r, V0, V0, V3);
  rotate(r, V3, V3, 64 - 21);
  xor(r, V3, V3, V0);
  add(r, V2, V2, V1);
  rotate(r, V1, V1, 64 - 17);
  xor(r, V1, V1, V2);
  swapHalves(V2);
}

/** A rotation by 32. */
function swapHalves(d: number): void {
  const low = r[d] ?? 0;
  r[d] = r[d + 1] ?? 0;
  r[d + 1] = low;
}
