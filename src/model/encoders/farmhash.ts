/**
 * FarmHash Fingerprint64 (farmhashna::Hash64 of google/farmhash), as TensorFlow's StringToHashBucketFast uses it.
 * BigInt arithmetic mod 2^64: it runs once per distinct value, never per row.
 */
const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;
const MASK = 0xffffffffffffffffn;

export function farmhashFingerprint64(bytes: Uint8Array): bigint {
  const length = bytes.length;
  if (length <= 16) return hash0to16(bytes);
  if (length <= 32) return hash17to32(bytes);
  if (length <= 64) return hash33to64(bytes);
  return hashLong(bytes);
}

const wrap = (value: bigint): bigint => value & MASK;
const rotate = (value: bigint, by: bigint): bigint => wrap((value >> by) | (value << (64n - by)));
const shiftMix = (value: bigint): bigint => value ^ (value >> 47n);

function fetch64(bytes: Uint8Array, at: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(at, true);
}

function fetch32(bytes: Uint8Array, at: number): bigint {
  return BigInt(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true));
}

function hashLength16(u: bigint, v: bigint, multiplier: bigint): bigint {
  let a = wrap((u ^ v) * multiplier);
  a ^= a >> 47n;
  let b = wrap((v ^ a) * multiplier);
  b ^= b >> 47n;
  return wrap(b * multiplier);
}

function hash0to16(bytes: Uint8Array): bigint {
  const length = bytes.length;
  if (length >= 8) {
    const multiplier = K2 + BigInt(length) * 2n;
    const a = wrap(fetch64(bytes, 0) + K2);
    const b = fetch64(bytes, length - 8);
    const c = wrap(rotate(b, 37n) * multiplier + a);
    const d = wrap((rotate(a, 25n) + b) * multiplier);
    return hashLength16(c, d, multiplier);
  }
  if (length >= 4) {
    const multiplier = K2 + BigInt(length) * 2n;
    return hashLength16(BigInt(length) + (fetch32(bytes, 0) << 3n), fetch32(bytes, length - 4), multiplier);
  }
  if (length > 0) {
    const a = BigInt(bytes[0] ?? 0);
    const b = BigInt(bytes[length >> 1] ?? 0);
    const c = BigInt(bytes[length - 1] ?? 0);
    const y = a + (b << 8n);
    const z = BigInt(length) + (c << 2n);
    return wrap(shiftMix(wrap(y * K2) ^ wrap(z * K0)) * K2);
  }
  return K2;
}

function hash17to32(bytes: Uint8Array): bigint {
  const length = bytes.length;
  const multiplier = K2 + BigInt(length) * 2n;
  const a = wrap(fetch64(bytes, 0) * K1);
  const b = fetch64(bytes, 8);
  const c = wrap(fetch64(bytes, length - 8) * multiplier);
  const d = wrap(fetch64(bytes, length - 16) * K2);
  return hashLength16(
    wrap(rotate(wrap(a + b), 43n) + rotate(c, 30n) + d),
    wrap(a + rotate(wrap(b + K2), 18n) + c),
    multiplier,
  );
}

function hash33to64(bytes: Uint8Array): bigint {
  const length = bytes.length;
  const multiplier = K2 + BigInt(length) * 2n;
  const a = wrap(fetch64(bytes, 0) * K2);
  const b = fetch64(bytes, 8);
  const c = wrap(fetch64(bytes, length - 8) * multiplier);
  const d = wrap(fetch64(bytes, length - 16) * K2);
  const y = wrap(rotate(wrap(a + b), 43n) + rotate(c, 30n) + d);
  const z = hashLength16(y, wrap(a + rotate(wrap(b + K2), 18n) + c), multiplier);
  const e = wrap(fetch64(bytes, 16) * multiplier);
  const f = fetch64(bytes, 24);
  const g = wrap((y + fetch64(bytes, length - 32)) * multiplier);
  const h = wrap((z + fetch64(bytes, length - 24)) * multiplier);
  return hashLength16(
    wrap(rotate(wrap(e + f), 43n) + rotate(g, 30n) + h),
    wrap(e + rotate(wrap(f + a), 18n) + g),
    multiplier,
  );
}

type Pair = [bigint, bigint];

function weakHash32(bytes: Uint8Array, at: number, seedA: bigint, seedB: bigint): Pair {
  const w = fetch64(bytes, at);
  const x = fetch64(bytes, at + 8);
  const y = fetch64(bytes, at + 16);
  const z = fetch64(bytes, at + 24);
  let a = wrap(seedA + w);
  const b = rotate(wrap(seedB + a + z), 21n);
  const c = a;
  a = wrap(a + x + y);
  return [wrap(a + z), wrap(b + rotate(a, 44n) + c)];
}

function hashLong(bytes: Uint8Array): bigint {
  const length = bytes.length;
  let x = 81n;
  let y = wrap(81n * K1 + 113n);
  let z = wrap(shiftMix(wrap(y * K2 + 113n)) * K2);
  let v: Pair = [0n, 0n];
  let w: Pair = [0n, 0n];
  x = wrap(x * K2 + fetch64(bytes, 0));
  const end = Math.floor((length - 1) / 64) * 64;
  const last64 = length - 64;
  for (let at = 0; at < end; at += 64) {
    x = wrap(rotate(wrap(x + y + v[0] + fetch64(bytes, at + 8)), 37n) * K1);
    y = wrap(rotate(wrap(y + v[1] + fetch64(bytes, at + 48)), 42n) * K1);
    x ^= w[1];
    y = wrap(y + v[0] + fetch64(bytes, at + 40));
    z = wrap(rotate(wrap(z + w[0]), 33n) * K1);
    v = weakHash32(bytes, at, wrap(v[1] * K1), wrap(x + w[0]));
    w = weakHash32(bytes, at + 32, wrap(z + w[1]), wrap(y + fetch64(bytes, at + 16)));
    [z, x] = [x, z];
  }
  const multiplier = wrap(K1 + ((z & 0xffn) << 1n));
  w[0] = wrap(w[0] + BigInt((length - 1) & 63));
  v[0] = wrap(v[0] + w[0]);
  w[0] = wrap(w[0] + v[0]);
  x = wrap(rotate(wrap(x + y + v[0] + fetch64(bytes, last64 + 8)), 37n) * multiplier);
  y = wrap(rotate(wrap(y + v[1] + fetch64(bytes, last64 + 48)), 42n) * multiplier);
  x ^= wrap(w[1] * 9n);
  y = wrap(y + v[0] * 9n + fetch64(bytes, last64 + 40));
  z = wrap(rotate(wrap(z + w[0]), 33n) * multiplier);
  v = weakHash32(bytes, last64, wrap(v[1] * multiplier), wrap(x + w[0]));
  w = weakHash32(bytes, last64 + 32, wrap(z + w[1]), wrap(y + fetch64(bytes, last64 + 16)));
  [z, x] = [x, z];
  return hashLength16(
    wrap(hashLength16(v[0], w[0], multiplier) + wrap(shiftMix(y) * K0) + z),
    wrap(hashLength16(v[1], w[1], multiplier) + x),
    multiplier,
  );
}
