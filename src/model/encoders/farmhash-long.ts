import {
  A,
  B,
  C,
  D,
  K0,
  K1,
  K2,
  MULTIPLIER,
  mix16,
  r,
  U,
  V0,
  V1,
  W0,
  W1,
  X,
  Y,
  Z,
} from "./farmhash-registers.js";
import { add, copy, load64, multiply, rotate, setNumber, shiftMix, xor } from "./u64.js";

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

/** Of more than 64 bytes, into A. */
export function hashLong(bytes: Uint8Array, start: number, length: number): void {
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
