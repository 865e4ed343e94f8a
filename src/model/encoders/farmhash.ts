import { hashLong } from "./farmhash-long.js";
import {
  A,
  B,
  C,
  D,
  E,
  F,
  G,
  H,
  K0,
  K1,
  K2,
  MULTIPLIER,
  mix16,
  r,
  S,
  T,
  Y,
  Z,
} from "./farmhash-registers.js";
import { add, copy, load32, load64, modulo, multiply, rotate, setNumber, shiftMix, xor } from "./u64.js";

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
