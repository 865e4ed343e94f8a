/**
 * A growing list of whole-number weights to draw from in proportion (Fenwick 1994, "A new data structure for cumulative
 * frequency tables"). Sums of whole numbers are exact up to 2^53, so they do not depend on the order of changes.
 * O(log n) a change and a draw, 16 bytes an entry.
 */
export class WeightedList {
  #weights = new Float64Array(16);
  /** 1-based: sums[i] is the weight of the entries that its lowest set bit spans, up to i. */
  #sums = new Float64Array(17);
  #length = 0;
  #total = 0;

  get length(): number {
    return this.#length;
  }

  get total(): number {
    return this.#total;
  }

  weightOf(index: number): number {
    return this.#weights[index] ?? 0;
  }

  /** An entry after the last one. */
  push(weight: number): void {
    if (this.#length === this.#weights.length) this.#grow();
    this.#length += 1;
    this.set(this.#length - 1, weight);
  }

  set(index: number, weight: number): void {
    const by = weight - (this.#weights[index] ?? 0);
    this.#weights[index] = weight;
    this.#total += by;
    for (let at = index + 1; at < this.#sums.length; at += at & -at)
      this.#sums[at] = (this.#sums[at] ?? 0) + by;
  }

  /** The entry that `share` of the total weight, in [0, 1), falls into. The list must have weight. */
  at(share: number): number {
    let rest = share * this.#total;
    let before = 0;
    for (let step = this.#weights.length; step > 0; step >>= 1) {
      const sum = this.#sums[before + step];
      if (sum === undefined || sum > rest) continue;
      before += step;
      rest -= sum;
    }
    // Where share x total rounds up to the total itself.
    return Math.min(before, this.#length - 1);
  }

  #grow(): void {
    const weights = new Float64Array(2 * this.#weights.length);
    weights.set(this.#weights);
    this.#weights = weights;
    this.#sums = new Float64Array(weights.length + 1);
    for (let index = 0; index < weights.length; index++) {
      const at = index + 1;
      this.#sums[at] = (this.#sums[at] ?? 0) + (weights[index] ?? 0);
      const parent = at + (at & -at);
      if (parent < this.#sums.length) this.#sums[parent] = (this.#sums[parent] ?? 0) + (this.#sums[at] ?? 0);
    }
  }
}
