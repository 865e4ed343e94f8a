import { mersenneTwister, seededState } from "./mersenne-twister.js";

/**
 * Row numbers as NumPy draws them, so that a bootstrap whose seed a reference names can be run again and compared exactly:
 * RandomState (MT19937, masked rejection; frozen by NumPy's policy) and default_rng (PCG64, Lemire's method).
 */
const drawn = new Map<string, Int32Array>();

/** `RandomState(seed).randint(0, below, count)`, which is also what its `choice` indexes with. */
export function legacyDraws(seed: number, below: number, count: number): Int32Array {
  return remembered(`legacy ${seed} ${below} ${count}`, () => {
    const next = mersenneTwister(seededState(seed));
    let mask = below - 1;
    for (let shift = 1; shift < 32; shift *= 2) mask |= mask >>> shift;
    return Int32Array.from({ length: count }, () => {
      let value = (next() & mask) >>> 0;
      while (value >= below) value = (next() & mask) >>> 0;
      return value;
    });
  });
}

/** `default_rng(seed).integers(0, below, count)`. */
export function generatorDraws(seed: number, below: number, count: number): Int32Array {
  return remembered(`generator ${seed} ${below} ${count}`, () => {
    const next = pcg64(seed);
    const range = BigInt(below);
    const threshold = (0x100000000n - range) % range;
    return Int32Array.from({ length: count }, () => {
      let product = BigInt(next()) * range;
      while ((product & 0xffffffffn) < threshold) product = BigInt(next()) * range;
      return Number(product >> 32n);
    });
  });
}

function remembered(key: string, make: () => Int32Array): Int32Array {
  const draws = drawn.get(key) ?? make();
  drawn.set(key, draws);
  return draws;
}

const MASK_64 = (1n << 64n) - 1n;
const MASK_128 = (1n << 128n) - 1n;
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/** PCG64 XSL-RR (O'Neill 2014), seeded through NumPy's SeedSequence; 32 bits a call, the low half first. */
function pcg64(seed: number): () => number {
  const words = seedWords(seed);
  const at = (index: number): bigint => BigInt(words[index] ?? 0);
  const pair = (index: number): bigint => (at(index + 1) << 32n) | at(index);
  const increment = ((((pair(4) << 64n) | pair(6)) << 1n) | 1n) & MASK_128;
  const step = (state: bigint): bigint => (state * MULTIPLIER + increment) & MASK_128;
  let state = step((step(0n) + ((pair(0) << 64n) | pair(2))) & MASK_128);
  let high: number | undefined;
  return () => {
    if (high !== undefined) {
      const value = high;
      high = undefined;
      return value;
    }
    state = step(state);
    const folded = (state >> 64n) ^ (state & MASK_64);
    const turn = state >> 122n;
    const output = ((folded >> turn) | (folded << (64n - turn))) & MASK_64;
    high = Number(output >> 32n);
    return Number(output & 0xffffffffn);
  };
}

/** SeedSequence(seed).generate_state(8, uint32), for a seed of one 32-bit word. */
function seedWords(seed: number): Uint32Array {
  let constant = 0x43b0d7e5;
  const hash = (value: number): number => {
    const mixed = value ^ constant;
    constant = Math.imul(constant, 0x931e8875);
    const product = Math.imul(mixed, constant);
    return (product ^ (product >>> 16)) >>> 0;
  };
  const pool = [seed, 0, 0, 0].map(hash);
  for (let source = 0; source < 4; source++) {
    for (let target = 0; target < 4; target++) {
      if (source === target) continue;
      const mixed =
        (Math.imul(0xca01f9dd, pool[target] ?? 0) - Math.imul(0x4973f715, hash(pool[source] ?? 0))) | 0;
      pool[target] = (mixed ^ (mixed >>> 16)) >>> 0;
    }
  }
  constant = 0x8b51f9dd;
  return Uint32Array.from({ length: 8 }, (_, index) => {
    const mixed = (pool[index % 4] ?? 0) ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    const product = Math.imul(mixed, constant);
    return product ^ (product >>> 16);
  });
}
