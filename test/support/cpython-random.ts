import { mersenneTwister, seededByArray } from "./mersenne-twister.js";

/** CPython's random.Random(seed), for `sample` of a range: the reference's KSWIN was drawn with it. */
export interface CPythonRandom {
  /** random.sample(range(population), size) */
  sample(population: number, size: number): number[];
}

export function cpythonRandom(seed: number): CPythonRandom {
  const next = mersenneTwister(seededByArray([seed >>> 0]));
  const below = (bound: number): number => {
    const count = 32 - Math.clz32(bound);
    for (;;) {
      const value = next() >>> (32 - count);
      if (value < bound) return value;
    }
  };
  return { sample: (population, size) => sampleOf(population, size, below) };
}

/** A pool where the population is small beside the sample, a set of those drawn else. */
function sampleOf(population: number, size: number, below: (bound: number) => number): number[] {
  const setSize = 21 + (size > 5 ? 4 ** Math.ceil(Math.log(size * 3) / Math.log(4)) : 0);
  if (population <= setSize) {
    const pool = new Int32Array(population).map((_, position) => position);
    const sample: number[] = [];
    for (let index = 0; index < size; index++) {
      const drawn = below(population - index);
      sample.push(pool[drawn] ?? 0);
      pool[drawn] = pool[population - index - 1] ?? 0;
    }
    return sample;
  }
  const seen = new Set<number>();
  while (seen.size < size) seen.add(below(population));
  return [...seen];
}
