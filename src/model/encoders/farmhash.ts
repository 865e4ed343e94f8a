import {
  add,
  copy,
  load32,
  load64,
  modulo,
  multiply,
  type Registers,
  rotate,
  setConstant,
  setNumber,
  shiftMix,
  xor,
} from "./u64.js";

const r: Registers = new Int32Array(48);
const [K0, K1, K2, MULTIPLIER, A, B, C, D, E, F, G, H, S, T] = [
  0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26,
];
const [X, Y, Z, V0, V1, W0, W1, U] = [28, 30, 32, 34, 36, 38, 40, 42];
setConstant(r, K0, "c3a5c85c97cb3127");
setConstant(r, K1, "b492b66fbe98f273");
setConstant(r, K2, "9ae16a3b2f90404f");

/**
 * FarmHash Fingerprint64 (farmhashna::Hash64 of google/farmhash) of bytes [start, end), modulo `buckets` (below 2^31):
 * TensorFlow's StringToHashBucketFast, and Keras' Hashing without a salt.
 */
export function farmhashBucket(bytes: Uint8Array, start: number, end: number, buckets: number): number {
  fingerprint(bytes, start, end - start);
  return modulo(r, A, buckets);
}

/** The whole fingerprint. */
export function farmhashFingerprint64(bytes: Uint8Array): bigint {
  fingerprint(bytes, 0, bytes.length);
  return BigInt.asUintN(32, BigInt(r[A] ?? 0)) | (BigInt.asUintN(32, BigInt(r[A + 1] ?? 0)) << 32n);
}

/** Into A. */
function fingerprint(bytes: Uint8Array, at: number, length: number): void {
  setNumber(r, MULTIPLIER, 2 * length);
  add(r, MULTIPLIER, MULTIPLIER, K2);
  if (length <= 16) hash0to16(bytes, at, length);
  else if (length <= 32) hash17to32(bytes, at, length);
  else if (length <= 64) hash33to64(bytes, at, length);
  else hashLong(bytes, at, length);
}

/** Of u and v into d; u and v are spent. */
function mix16(d: number, u: number, v: number): void {
  xor(r, d, u, v);
  multiply(r, d, d, MULTIPLIER);
  shiftMix(r, d, d);
  xor(r, d, v, d);
  multiply(r, d, d, MULTIPLIER);
  shiftMix(r, d, d);
  multiply(r, d, d, MULTIPLIER);
}

function hash0to16(bytes: Uint8Array, at: number, length: number): void {
  if (length >= 8) {
    load64(r, A, bytes, at);
    add(r, A, A, K2);
    load64(r, B, bytes, at + length - 8);
    rotate(r, C, B, 37);
    multiply(r, C, C, MULTIPLIER);
    add(r, C, C, A);
    rotate(r, D, A, 25);
    add(r, D, D, B);
    multiply(r, D, D, MULTIPLIER);
    mix16(A, C, D);
  } else if (length >= 4) {
    setNumber(r, C, length + (load32(bytes, at) >>> 0) * 8);
    setNumber(r, D, load32(bytes, at + length - 4) >>> 0);
    mix16(A, C, D);
  } else if (length > 0) {
    const y = (bytes[at] ?? 0) + ((bytes[at + (length >> 1)] ?? 0) << 8);
    setNumber(r, A, y);
    multiply(r, A, A, K2);
    setNumber(r, B, length + ((bytes[at + length - 1] ?? 0) << 2));
    multiply(r, B, B, K0);
    xor(r, A, A, B);
    shiftMix(r, A, A);
    multiply(r, A, A, K2);
  } else copy(r, A, K2);
}

/** rotate(a + b, 43) + rotate(c, 30) + d into S, a + rotate(b + k, 18) + c into T. */
function spread(a: number, b: number, c: number, d: number, k: number): void {
  add(r, S, a, b);
  rotate(r, S, S, 43);
  rotate(r, T, c, 30);
  add(r, S, S, T);
  add(r, S, S, d);
  add(r, T, b, k);
  rotate(r, T, T, 18);
  add(r, T, T, a);
  add(r, T, T, c);
}

function hash17to32(bytes: Uint8Array, at: number, length: number): void {
  load64(r, A, bytes, at);
  multiply(r, A, A, K1);
  ends(bytes, at, length);
  spread(A, B, C, D, K2);
  mix16(A, S, T);
}

/** B from the second eight bytes, C and D from the last sixteen. */
function ends(bytes: Uint8Array, at: number, length: number): void {
  load64(r, B, bytes, at + 8);
  load64(r, C, bytes, at + length - 8);
  multiply(r, C, C, MULTIPLIER);
  load64(r, D, bytes, at + length - 16);
  multiply(r, D, D, K2);
}

function hash33to64(bytes: Uint8Array, at: number, length: number): void {
  load64(r, A, bytes, at);
  multiply(r, A, A, K2);
  ends(bytes, at, length);
  spread(A, B, C, D, K2);
  copy(r, Y, S);
  mix16(Z, S, T);
  load64(r, E, bytes, at + 16);
  multiply(r, E, E, MULTIPLIER);
  load64(r, F, bytes, at + 24);
  load64(r, G, bytes, at + length - 32);
  add(r, G, G, Y);
  multiply(r, G, G, MULTIPLIER);
  load64(r, H, bytes, at + length - 24);
  add(r, H, H, Z);
  multiply(r, H, H, MULTIPLIER);
  spread(E, F, G, H, A);
  mix16(A, S, T);
}

/** farmhashna::WeakHashLen32WithSeeds of the 32 bytes at `at`, with the seeds in `first` and `second`, into them. */
function weakHash32(bytes: Uint8Array, at: number, first: number, second: number): void {
  load64(r, A, bytes, at);
  add(r, first, first, A);
  load64(r, D, bytes, at + 24);
  add(r, second, second, first);
  add(r, second, second, D);
  rotate(r, second, second, 21);
  copy(r, C, first);
  load64(r, A, bytes, at + 8);
  add(r, first, first, A);
  load64(r, A, bytes, at + 16);
  add(r, first, first, A);
  rotate(r, A, first, 44);
  add(r, second, second, A);
  add(r, second, second, C);
  add(r, first, first, D);
}

/** One round over 64 bytes; `multiplier` is K1 but in the last. */
function round(bytes: Uint8Array, at: number, multiplier: number): void {
  add(r, X, X, Y);
  add(r, X, X, V0);
  load64(r, A, bytes, at + 8);
  add(r, X, X, A);
  rotate(r, X, X, 37);
  multiply(r, X, X, multiplier);
  add(r, Y, Y, V1);
  load64(r, A, bytes, at + 48);
  add(r, Y, Y, A);
  rotate(r, Y, Y, 42);
  multiply(r, Y, Y, multiplier);
  load64(r, A, bytes, at + 40);
  add(r, Y, Y, A);
  if (multiplier === K1) {
    xor(r, X, X, W1);
    add(r, Y, Y, V0);
  } else {
    setNumber(r, U, 9);
    multiply(r, A, W1, U);
    xor(r, X, X, A);
    multiply(r, A, V0, U);
    add(r, Y, Y, A);
  }
  add(r, Z, Z, W0);
  rotate(r, Z, Z, 33);
  multiply(r, Z, Z, multiplier);
  multiply(r, V0, V1, multiplier);
  add(r, V1, X, W0);
  weakHash32(bytes, at, V0, V1);
  add(r, W0, Z, W1);
  load64(r, A, bytes, at + 16);
  add(r, W1, Y, A);
  weakHash32(bytes, at + 32, W0, W1);
  copy(r, A, Z);
  copy(r, Z, X);
  copy(r, X, A);
}

function hashLong(bytes: Uint8Array, start: number, length: number): void {
  setNumber(r, A, 113);
  setNumber(r, X, 81);
  multiply(r, Y, X, K1);
  add(r, Y, Y, A);
  multiply(r, Z, Y, K2);
  add(r, Z, Z, A);
  shiftMix(r, Z, Z);
  multiply(r, Z, Z, K2);
  for (const register of [V0, V1, W0, W1]) setNumber(r, register, 0);
  multiply(r, X, X, K2);
  load64(r, A, bytes, start);
  add(r, X, X, A);
  const end = start + Math.floor((length - 1) / 64) * 64;
  for (let at = start; at < end; at += 64) round(bytes, at, K1);
  setNumber(r, MULTIPLIER, 2 * ((r[Z] ?? 0) & 255));
  add(r, MULTIPLIER, MULTIPLIER, K1);
  setNumber(r, A, (length - 1) & 63);
  add(r, W0, W0, A);
  add(r, V0, V0, W0);
  add(r, W0, W0, V0);
  round(bytes, start + length - 64, MULTIPLIER);
  mix16(A, V0, W0);
  shiftMix(r, Y, Y);
  multiply(r, Y, Y, K0);
  add(r, A, A, Y);
  add(r, A, A, Z);
  mix16(B, V1, W1);
  add(r, B, B, X);
  mix16(C, A, B);
  copy(r, A, C);
}
