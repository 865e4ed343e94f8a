/** MT19937 (Matsumoto & Nishimura 1998): NumPy's legacy generator and CPython's, which differ in how they are seeded. */
const SIZE = 624;

/** 32 bits a call, from a state that is changed. */
export function mersenneTwister(state: Uint32Array): () => number {
  let at = SIZE;
  return () => {
    if (at === SIZE) {
      twist(state);
      at = 0;
    }
    let word = state[at++] ?? 0;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  };
}

/** init_genrand. */
export function seededState(seed: number): Uint32Array {
  const state = new Uint32Array(SIZE);
  state[0] = seed;
  for (let at = 1; at < SIZE; at++) {
    const before = state[at - 1] ?? 0;
    state[at] = Math.imul(1812433253, before ^ (before >>> 30)) + at;
  }
  return state;
}

/** init_by_array. */
export function seededByArray(key: readonly number[]): Uint32Array {
  const state = seededState(19650218);
  let at = 1;
  const mix = (multiplier: number, added: number): void => {
    const before = state[at - 1] ?? 0;
    state[at] = ((state[at] ?? 0) ^ Math.imul(before ^ (before >>> 30), multiplier)) + added;
    at += 1;
    if (at === SIZE) {
      state[0] = state[SIZE - 1] ?? 0;
      at = 1;
    }
  };
  for (let step = 0; step < SIZE; step++) mix(1664525, (key[step % key.length] ?? 0) + (step % key.length));
  for (let step = 0; step < SIZE - 1; step++) mix(1566083941, -at);
  state[0] = 0x80000000;
  return state;
}

function twist(state: Uint32Array): void {
  for (let at = 0; at < SIZE; at++) {
    const joined = ((state[at] ?? 0) & 0x80000000) | ((state[(at + 1) % SIZE] ?? 0) & 0x7fffffff);
    state[at] = (state[(at + 397) % SIZE] ?? 0) ^ (joined >>> 1) ^ ((joined & 1) === 1 ? 0x9908b0df : 0);
  }
}
