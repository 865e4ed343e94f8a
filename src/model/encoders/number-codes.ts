/** Numbers of a column whose codes are remembered: the same ones come in every block. */
export const MOST_REMEMBERED = 1_000_000;
/** The least room, a power of 2. */
const LEAST_PLACES = 1024;

/** The codes of numbers, each made once and remembered: a hash table of doubles, without an object a number. */
export class NumberCodes {
  readonly #most: number;
  readonly #make: (value: number | undefined) => number;
  #keys = new Float64Array(LEAST_PLACES).fill(Number.NaN);
  #codes = new Int32Array(LEAST_PLACES);
  #count = 0;
  /** Of NaN, which equals nothing. */
  #ofNone: number | undefined;

  /** @param make the code of a number, undefined for NaN. @param most are remembered; then all are forgotten. */
  constructor(most: number, make: (value: number | undefined) => number) {
    this.#most = most;
    this.#make = make;
  }

  of(value: number): number {
    if (Number.isNaN(value)) {
      this.#ofNone ??= this.#make(undefined);
      return this.#ofNone;
    }
    const place = placeOf(this.#keys, value);
    if (this.#keys[place] === value) return this.#codes[place] ?? 0;
    const code = this.#make(value);
    this.#add(value, code);
    return code;
  }

  #add(value: number, code: number): void {
    if (this.#count === this.#most) this.#start(LEAST_PLACES);
    else if (2 * this.#count >= this.#keys.length) this.#grow();
    const into = placeOf(this.#keys, value);
    this.#keys[into] = value;
    this.#codes[into] = code;
    this.#count += 1;
  }

  #grow(): void {
    const [keys, codes] = [this.#keys, this.#codes];
    this.#start(2 * keys.length);
    keys.forEach((key, at) => {
      if (Number.isNaN(key)) return;
      const place = placeOf(this.#keys, key);
      this.#keys[place] = key;
      this.#codes[place] = codes[at] ?? 0;
      this.#count += 1;
    });
  }

  #start(places: number): void {
    this.#keys = new Float64Array(places).fill(Number.NaN);
    this.#codes = new Int32Array(places);
    this.#count = 0;
  }
}

const bits = new Float64Array(1);
const words = new Int32Array(bits.buffer);

/** Where a number is, or would be: the first free place from its hash on. */
function placeOf(keys: Float64Array, value: number): number {
  // Adding makes one zero of both.
  bits[0] = value + 0;
  const mask = keys.length - 1;
  const mixed = Math.imul((words[0] ?? 0) ^ Math.imul(words[1] ?? 0, 0x85ebca6b), 0x9e3779b1);
  let place = (mixed ^ (mixed >>> 15)) & mask;
  for (
    let key = keys[place] ?? Number.NaN;
    key !== value && !Number.isNaN(key);
    key = keys[place] ?? Number.NaN
  )
    place = (place + 1) & mask;
  return place;
}
