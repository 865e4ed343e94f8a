/**
 * Unsigned 64-bit arithmetic in registers of two int32, low half first: register d is at [d], [d + 1], and names of
 * registers are even numbers. Nothing is allocated, where BigInt allocates at every step.
 */
export type Registers = Int32Array;

/** As hexadecimal digits, up to 16. */
export function setConstant(r: Registers, d: number, hexadecimal: string): void {
  const digits = hexadecimal.padStart(16, "0");
  r[d] = Number.parseInt(digits.slice(8), 16);
  r[d + 1] = Number.parseInt(digits.slice(0, 8), 16);
}

/** A whole number of at most 2^53. */
export function setNumber(r: Registers, d: number, value: number): void {
  r[d] = value;
  r[d + 1] = Math.floor(value / 4294967296);
}

/** Little-endian. */
export function load64(r: Registers, d: number, bytes: Uint8Array, at: number): void {
  r[d] = load32(bytes, at);
  r[d + 1] = load32(bytes, at + 4);
}

export function load32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}

export function copy(r: Registers, d: number, a: number): void {
  r[d] = r[a] ?? 0;
  r[d + 1] = r[a + 1] ?? 0;
}

export function add(r: Registers, d: number, a: number, b: number): void {
  const low = ((r[a] ?? 0) >>> 0) + ((r[b] ?? 0) >>> 0);
  r[d + 1] = (r[a + 1] ?? 0) + (r[b + 1] ?? 0) + (low > 4294967295 ? 1 : 0);
  r[d] = low;
}

export function xor(r: Registers, d: number, a: number, b: number): void {
  r[d] = (r[a] ?? 0) ^ (r[b] ?? 0);
  r[d + 1] = (r[a + 1] ?? 0) ^ (r[b + 1] ?? 0);
}

/** The low 64 bits of the product (Warren, Hacker's Delight, 8-2). */
export function multiply(r: Registers, d: number, a: number, b: number): void {
  const al = r[a] ?? 0;
  const bl = r[b] ?? 0;
  const high = Math.imul(r[a + 1] ?? 0, bl) + Math.imul(al, r[b + 1] ?? 0);
  const a0 = al & 0xffff;
  const a1 = al >>> 16;
  const b0 = bl & 0xffff;
  const b1 = bl >>> 16;
  const second = Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16);
  const third = Math.imul(a0, b1) + (second & 0xffff);
  r[d] = Math.imul(al, bl);
  r[d + 1] = high + Math.imul(a1, b1) + (second >>> 16) + (third >>> 16);
}

/** To the right by 1 to 63 bits, but not 32. */
export function rotate(r: Registers, d: number, a: number, by: number): void {
  const isFar = by > 32;
  const low = r[isFar ? a + 1 : a] ?? 0;
  const high = r[isFar ? a : a + 1] ?? 0;
  const bits = by & 31;
  r[d] = (low >>> bits) | (high << (32 - bits));
  r[d + 1] = (high >>> bits) | (low << (32 - bits));
}

/** a ^ (a >>> 47). */
export function shiftMix(r: Registers, d: number, a: number): void {
  const high = r[a + 1] ?? 0;
  r[d] = (r[a] ?? 0) ^ (high >>> 15);
  r[d + 1] = high;
}

/** Modulo a whole number below 2^31. */
export function modulo(r: Registers, a: number, divisor: number): number {
  const low = r[a] ?? 0;
  const high = rest((r[a + 1] ?? 0) >>> 0, divisor);
  return rest(rest(high * 65536 + (low >>> 16), divisor) * 65536 + (low & 0xffff), divisor);
}

/** value % divisor, for values below 2^47, where the quotient cannot round up to a whole number: several times faster. */
function rest(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor;
}
