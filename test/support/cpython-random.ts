/**
 * CPython's random.Random(seed): MT19937 (Matsumoto & Nishimura 1998) seeded by array, and `sample` of a range. The
 * reference's KSWIN was drawn with it.
 */
export interface CPythonRandom {
  /** random.sample(range(population), size) */
  sample(population: number, size: number): number[];
}

const SIZE = 624;

export function cpythonRandom(seed: number): CPythonRandom {
  const words = seededByArray([seed >>> 0]);
  let at = SIZE;
  const bits = (count: number): number => {
    if (at === SIZE) {
      twist(words);
      at = 0;
    }
    let word = words[at++] ?? 0;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return ((word ^ (word >>> 18)) >>> 0) >>> (32 - count);
  };
  const below = (bound: number): number => {
    const count = 32 - Math.clz32(bound);
    for (;;) {
      const value = bits(count);
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

function seededByArray(key: readonly number[]): Uint32Array {
  const words = new Uint32Array(SIZE);
  words[0] = 19650218;
  for (let index = 1; index < SIZE; index++) {
    const before = words[index - 1] ?? 0;
    words[index] = Math.imul(1812433253, before ^ (before >>> 30)) + index;
  }
  let index = 1;
  const mix = (multiplier: number, added: number): void => {
    const before = words[index - 1] ?? 0;
    words[index] = ((words[index] ?? 0) ^ Math.imul(before ^ (before >>> 30), multiplier)) + added;
    index += 1;
    if (index === SIZE) {
      words[0] = words[SIZE - 1] ?? 0;
      index = 1;
    }
  };
  for (let step = 0; step < SIZE; step++) mix(1664525, (key[step % key.length] ?? 0) + (step % key.length));
  for (let step = 0; step < SIZE - 1; step++) mix(1566083941, -index);
  words[0] = 0x80000000;
  return words;
}

function twist(words: Uint32Array): void {
  for (let index = 0; index < SIZE; index++) {
    const joined = ((words[index] ?? 0) & 0x80000000) | ((words[(index + 1) % SIZE] ?? 0) & 0x7fffffff);
    const other = words[(index + 397) % SIZE] ?? 0;
    words[index] = other ^ (joined >>> 1) ^ ((joined & 1) === 1 ? 0x9908b0df : 0);
  }
}
