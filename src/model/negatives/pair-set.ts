const FREE = -1;
/** Places are doubled when more than half are taken. */
const FIRST_PLACES = 16;

/** A set of pairs of numbers >= 0, such as (user, item): open addressing, some 16 to 32 bytes a pair. O(1). */
export class PairSet {
  #left = new Int32Array(FIRST_PLACES).fill(FREE);
  #right = new Int32Array(FIRST_PLACES);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(left: number, right: number): boolean {
    return this.#left[this.#placeOf(left, right)] === left;
  }

  add(left: number, right: number): void {
    const place = this.#placeOf(left, right);
    if (this.#left[place] === left) return;
    this.#left[place] = left;
    this.#right[place] = right;
    this.#size += 1;
    if (2 * this.#size > this.#left.length) this.#grow();
  }

  /** left, right, left, right ... ascending. */
  pairs(): Int32Array {
    const pairs = new Int32Array(2 * this.#size);
    let at = 0;
    this.#left.forEach((left, place) => {
      if (left === FREE) return;
      pairs[at++] = this.#right[place] ?? 0;
      pairs[at++] = left;
    });
    // As one number of 64 bits each, the low half first (little-endian).
    new BigUint64Array(pairs.buffer).sort();
    for (let right = 0; right < pairs.length; right += 2) {
      const left = pairs[right + 1] ?? 0;
      pairs[right + 1] = pairs[right] ?? 0;
      pairs[right] = left;
    }
    return pairs;
  }

  /** Where the pair is, or the free place where it would be. */
  #placeOf(left: number, right: number): number {
    const last = this.#left.length - 1;
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    for (let place = (hash ^ (hash >>> 13)) & last; ; place = (place + 1) & last) {
      const found = this.#left[place];
      if (found === FREE || (found === left && this.#right[place] === right)) return place;
    }
  }

  #grow(): void {
    const pairs = this.pairs();
    this.#left = new Int32Array(2 * this.#left.length).fill(FREE);
    this.#right = new Int32Array(this.#left.length);
    this.#size = 0;
    for (let at = 0; at < pairs.length; at += 2) this.add(pairs[at] ?? 0, pairs[at + 1] ?? 0);
  }
}
