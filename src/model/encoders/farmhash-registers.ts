import { multiply, type Registers, setConstant, shiftMix, xor } from "./u64.js";

/** Registers of FarmHash; their names are those of farmhashna, or of work in between. */
export const r: Registers = new Int32Array(48);
export const K0 = 0;
export const K1 = 2;
export const K2 = 4;
export const MULTIPLIER = 6;
export const A = 8;
export const B = 10;
export const C = 12;
export const D = 14;
export const E = 16;
export const F = 18;
export const G = 20;
export const H = 22;
export const S = 24;
export const T = 26;
export const X = 28;
export const Y = 30;
export const Z = 32;
export const V0 = 34;
export const V1 = 36;
export const W0 = 38;
export const W1 = 40;
export const U = 42;

setConstant(r, K0, "c3a5c85c97cb3127");
setConstant(r, K1, "b492b66fbe98f273");
setConstant(r, K2, "9ae16a3b2f90404f");

/** farmhashna::HashLen16 of u and v into d; u and v are spent. */
export function mix16(d: number, u: number, v: number): void {
  xor(r, d, u, v);
  multiply(r, d, d, MULTIPLIER);
  shiftMix(r, d, d);
  xor(r, d, v, d);
  multiply(r, d, d, MULTIPLIER);
  shiftMix(r, d, d);
  multiply(r, d, d, MULTIPLIER);
}
