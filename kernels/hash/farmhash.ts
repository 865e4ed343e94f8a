/** FarmHash Fingerprint64: farmhashna::Hash64 of google/farmhash, whose names these are. */
const K0: u64 = 0xc3a5c85c97cb3127;
const K1: u64 = 0xb492b66fbe98f273;
const K2: u64 = 0x9ae16a3b2f90404f;

export function fingerprint64(at: usize, length: usize): u64 {
  if (length <= 16) return hash0to16(at, length);
  if (length <= 32) return hash17to32(at, length);
  if (length <= 64) return hash33to64(at, length);
  return hashLong(at, length);
}

// @ts-expect-error: decorator
@inline
function shiftMix(value: u64): u64 {
  return value ^ (value >> 47);
}

// @ts-expect-error: decorator
@inline
function hashLen16(u: u64, v: u64, multiplier: u64): u64 {
  const a = shiftMix((u ^ v) * multiplier);
  return shiftMix((v ^ a) * multiplier) * multiplier;
}

function hash0to16(at: usize, length: usize): u64 {
  const multiplier = K2 + <u64>length * 2;
  if (length >= 8) {
    const a = load<u64>(at) + K2;
    const b = load<u64>(at + length - 8);
    const c = rotr(b, 37) * multiplier + a;
    const d = (rotr(a, 25) + b) * multiplier;
    return hashLen16(c, d, multiplier);
  }
  if (length >= 4) {
    const a = <u64>load<u32>(at);
    return hashLen16(<u64>length + (a << 3), <u64>load<u32>(at + length - 4), multiplier);
  }
  if (length === 0) return K2;
  const a = <u64>load<u8>(at);
  const b = <u64>load<u8>(at + (length >> 1));
  const c = <u64>load<u8>(at + length - 1);
  const y = a + (b << 8);
  const z = <u64>length + (c << 2);
  return shiftMix((y * K2) ^ (z * K0)) * K2;
}

/** What the hashes of 17 to 64 bytes do with four words. */
// @ts-expect-error: decorator
@inline
function hashWords(a: u64, b: u64, c: u64, d: u64, k: u64, multiplier: u64): u64 {
  return hashLen16(rotr(a + b, 43) + rotr(c, 30) + d, a + rotr(b + k, 18) + c, multiplier);
}

function hash17to32(at: usize, length: usize): u64 {
  const multiplier = K2 + <u64>length * 2;
  const a = load<u64>(at) * K1;
  const b = load<u64>(at + 8);
  const c = load<u64>(at + length - 8) * multiplier;
  const d = load<u64>(at + length - 16) * K2;
  return hashWords(a, b, c, d, K2, multiplier);
}

function hash33to64(at: usize, length: usize): u64 {
  const multiplier = K2 + <u64>length * 2;
  const a = load<u64>(at) * K2;
  const b = load<u64>(at + 8);
  const c = load<u64>(at + length - 8) * multiplier;
  const d = load<u64>(at + length - 16) * K2;
  const y = rotr(a + b, 43) + rotr(c, 30) + d;
  const z = hashWords(a, b, c, d, K2, multiplier);
  const e = load<u64>(at + 16) * multiplier;
  const f = load<u64>(at + 24);
  const g = (y + load<u64>(at + length - 32)) * multiplier;
  const h = (z + load<u64>(at + length - 24)) * multiplier;
  return hashWords(e, f, g, h, a, multiplier);
}

/** The second word of a pair of hashes; the first is returned. */
let second: u64 = 0;

/** farmhashna::WeakHashLen32WithSeeds of 32 bytes. */
function weakHash32(at: usize, seedA: u64, seedB: u64): u64 {
  const last = load<u64>(at + 24);
  let a = seedA + load<u64>(at);
  let b = rotr(seedB + a + last, 21);
  const c = a;
  a += load<u64>(at + 8);
  a += load<u64>(at + 16);
  b += rotr(a, 44);
  second = b + c;
  return a + last;
}

function hashLong(start: usize, length: usize): u64 {
  let x: u64 = 81;
  let y: u64 = 81 * K1 + 113;
  let z: u64 = shiftMix(y * K2 + 113) * K2;
  let v: u64 = 0;
  let v1: u64 = 0;
  let w: u64 = 0;
  let w1: u64 = 0;
  x = x * K2 + load<u64>(start);
  const end = start + (((length - 1) >> 6) << 6);
  const last = start + length - 64;
  let at = start;
  let multiplier = K1;
  // The last 64 bytes are taken once more, with another multiplier.
  for (;;) {
    const isLast = at === end;
    if (isLast) {
      multiplier = K1 + ((z & 0xff) << 1);
      at = last;
      w += <u64>((length - 1) & 63);
      v += w;
      w += v;
    }
    x = rotr(x + y + v + load<u64>(at + 8), 37) * multiplier;
    y = rotr(y + v1 + load<u64>(at + 48), 42) * multiplier;
    x ^= isLast ? w1 * 9 : w1;
    y += (isLast ? v * 9 : v) + load<u64>(at + 40);
    z = rotr(z + w, 33) * multiplier;
    v = weakHash32(at, v1 * multiplier, x + w);
    v1 = second;
    w = weakHash32(at + 32, z + w1, y + load<u64>(at + 16));
    w1 = second;
    const swapped = z;
    z = x;
    x = swapped;
    if (isLast) break;
    at += 64;
  }
  return hashLen16(hashLen16(v, w, multiplier) + shiftMix(y) * K0 + z, hashLen16(v1, w1, multiplier) + x, multiplier);
}
