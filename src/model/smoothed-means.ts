/** Prior of a smoothed mean: `sum` of labels over `count` rows that were never seen. */
export interface Prior {
  sum: number;
  count: number;
}

/** What was learned, as plain data: per key, the weighted sum of its labels and the weight of its rows. */
export interface SmoothedMeansState {
  sums: number[];
  counts: number[];
}

/**
 * Running smoothed means of the label, one a key (one key of all: the global mean; an item's or a user's code): predicts
 * (sum of the key's labels so far + prior.sum) / (their weight + prior.count). The floor that any model must beat.
 * Without a prior, a key never learned has no mean and predicts `unseen`. O(1) a row, 16 bytes a key; keys are small
 * non-negative integers, and the arrays grow to the largest one learned.
 */
export class SmoothedMeans {
  readonly prior: Prior;
  readonly unseen: number;
  #sums = new Float64Array(16);
  #counts = new Float64Array(16);
  #keys = 0;

  constructor(prior: Prior, unseen = 0) {
    this.prior = prior;
    this.unseen = unseen;
  }

  predict(key: number): number {
    const count = (this.#counts[key] ?? 0) + this.prior.count;
    return count === 0 ? this.unseen : ((this.#sums[key] ?? 0) + this.prior.sum) / count;
  }

  learn(key: number, label: number, weight = 1): void {
    if (key >= this.#sums.length) this.#grow(key + 1);
    this.#keys = Math.max(this.#keys, key + 1);
    this.#sums[key] = (this.#sums[key] ?? 0) + weight * label;
    this.#counts[key] = (this.#counts[key] ?? 0) + weight;
  }

  /** Restored by `restore`; JSON keeps every double of it exactly. */
  save(): SmoothedMeansState {
    return {
      sums: Array.from(this.#sums.subarray(0, this.#keys)),
      counts: Array.from(this.#counts.subarray(0, this.#keys)),
    };
  }

  restore({ sums, counts }: SmoothedMeansState): void {
    this.#keys = sums.length;
    this.#sums = new Float64Array(Math.max(16, sums.length));
    this.#counts = new Float64Array(this.#sums.length);
    this.#sums.set(sums);
    this.#counts.set(counts);
  }

  #grow(keys: number): void {
    const length = Math.max(keys, 2 * this.#sums.length);
    const sums = new Float64Array(length);
    const counts = new Float64Array(length);
    sums.set(this.#sums);
    counts.set(this.#counts);
    this.#sums = sums;
    this.#counts = counts;
  }
}
