import { requireFinite } from "./detector.js";

/** Buckets of one size, the oldest first: of each its sum and its squared deviations from its own mean. */
interface BucketRow {
  totals: number[];
  deviations: number[];
}

/** An exponential histogram of the newest values: row r holds buckets of 2^r values, row 0 the newest. Plain data. */
export interface AdwinState {
  updates: number;
  width: number;
  total: number;
  /** Sum of squared deviations from the window's mean. */
  sumSquaredDeviation: number;
  hasDrifted: boolean;
  rows: BucketRow[];
}

/** Less than 1 by more than rounding can be. */
const SURELY = 1 - 1e-9;
/** More rows than a double counts values. */
const MAX_ROWS = 54;
/** Values that come into row 0 before it hands any on: at the end the rows are the same, and each is walked once. */
const STRETCH = 32;
/** Values of a bucket of each row. */
const SIZES = Float64Array.from({ length: MAX_ROWS }, (_, row) => 2 ** row);

/** The same as it is worked on: every row is a ring of a fixed length, so that a value moves none of the others. */
export class AdwinWindow {
  updates = 0;
  width = 0;
  total = 0;
  sumSquaredDeviation = 0;
  hasDrifted = false;
  readonly #maxBuckets: number;
  /** Places of a ring: a power of 2, for `maxBuckets` and a stretch. */
  readonly #places: number;
  readonly #totals: Float64Array;
  readonly #deviations: Float64Array;
  /** Of each row, the place of its oldest bucket, and how many it has. */
  readonly #oldest = new Int32Array(MAX_ROWS);
  readonly #counts = new Int32Array(MAX_ROWS);
  #rows = 1;

  constructor(maxBuckets: number, state?: AdwinState) {
    this.#maxBuckets = maxBuckets;
    this.#places = 2 ** Math.ceil(Math.log2(maxBuckets + STRETCH));
    this.#totals = new Float64Array(MAX_ROWS * this.#places);
    this.#deviations = new Float64Array(MAX_ROWS * this.#places);
    if (state !== undefined) this.#restore(state);
  }

  /** values[from ... to). Throws on NaN and infinities. */
  append(values: Float64Array, from: number, to: number): void {
    for (let at = from; at < to; at += STRETCH) this.#appendStretch(values, at, Math.min(to, at + STRETCH));
    this.updates += to - from;
  }

  #appendStretch(values: Float64Array, from: number, to: number): void {
    const [totals, deviations, mask] = [this.#totals, this.#deviations, this.#places - 1];
    let { width, total, sumSquaredDeviation } = this;
    let next = (this.#oldest[0] ?? 0) + (this.#counts[0] ?? 0);
    for (let at = from; at < to; at++, next++) {
      const value = values[at] ?? Number.NaN;
      if (value - value !== 0) requireFinite(value);
      totals[next & mask] = value;
      deviations[next & mask] = 0;
      if (width > 0) {
        const difference = value - total / width;
        sumSquaredDeviation += (width * difference * difference) / (width + 1);
      }
      width += 1;
      total += value;
    }
    this.#counts[0] = (this.#counts[0] ?? 0) + to - from;
    this.width = width;
    this.total = total;
    this.sumSquaredDeviation = sumSquaredDeviation;
    this.#mergeFullRows();
  }

  /** Takes the oldest bucket out of the window. */
  dropOldest(): void {
    const row = this.#rows - 1;
    const at = this.#placeOf(row, 0);
    const length = SIZES[row] ?? 1;
    const total = this.#totals[at] ?? 0;
    this.width -= length;
    this.total -= total;
    const difference = total / length - this.total / this.width;
    this.sumSquaredDeviation -=
      (this.#deviations[at] ?? 0) + (length * this.width * difference * difference) / (length + this.width);
    this.#take(row, 1);
    // Row 0 stays: new values go there.
    while (this.#rows > 1 && this.#counts[this.#rows - 1] === 0) this.#rows -= 1;
  }

  /**
   * Whether the values older than some bucket boundary, from the oldest, differ in mean from the others by more than
   * sqrt(2 m v d) + 2/3 d m (see adwin), both sides being `shortest` long at least. O(log width).
   */
  isCut(d: number, minWindowLength: number, shortest: number): boolean {
    const { width, total } = this;
    const totals = this.#totals;
    const places = this.#places;
    const spread = 2 * (this.sumSquaredDeviation / width) * d;
    const surely = SURELY * spread * (width - 2 * minWindowLength + 2);
    let length = 0;
    let sum = 0;
    for (let row = this.#rows - 1; row >= 0; row--) {
      const count = this.#counts[row] ?? 0;
      const oldest = this.#oldest[row] ?? 0;
      const size = SIZES[row] ?? 1;
      for (let bucket = 0; bucket < count; bucket++) {
        length += size;
        sum += totals[row * places + ((oldest + bucket) & (places - 1))] ?? 0;
        const rest = width - length;
        if (length < shortest || rest < shortest) continue;
        // Most boundaries are below the root alone, which shows without a division, and with lengths for lengths less l.
        const across = sum * width - total * length;
        if (across * across < surely * length * rest) continue;
        const older = length - minWindowLength + 1;
        const newer = rest - minWindowLength + 1;
        const m = 1 / older + 1 / newer;
        const difference = Math.abs(sum / length - (total - sum) / rest);
        if (difference > Math.sqrt(m * spread) + (2 / 3) * d * m) return true;
      }
    }
    return false;
  }

  empty(): void {
    this.#restore({
      ...{ updates: 0, width: 0, total: 0, sumSquaredDeviation: 0, hasDrifted: false },
      rows: [{ totals: [], deviations: [] }],
    });
  }

  save(): AdwinState {
    const listOf = (values: Float64Array, row: number): number[] =>
      Array.from({ length: this.#counts[row] ?? 0 }, (_, bucket) => values[this.#placeOf(row, bucket)] ?? 0);
    const { updates, width, total, sumSquaredDeviation, hasDrifted } = this;
    return {
      ...{ updates, width, total, sumSquaredDeviation, hasDrifted },
      rows: Array.from({ length: this.#rows }, (_, row) => ({
        totals: listOf(this.#totals, row),
        deviations: listOf(this.#deviations, row),
      })),
    };
  }

  #restore({ rows, ...numbers }: AdwinState): void {
    Object.assign(this, numbers);
    this.#counts.fill(0);
    this.#oldest.fill(0);
    this.#rows = Math.max(1, rows.length);
    rows.forEach(({ totals, deviations }, row) => {
      totals.forEach((total, bucket) => {
        this.#push(row, total, deviations[bucket] ?? 0);
      });
    });
  }

  /** A row of more than `maxBuckets` hands its oldest on, two by two, as buckets of the double size. */
  #mergeFullRows(): void {
    const [totals, deviations, mask] = [this.#totals, this.#deviations, this.#places - 1];
    for (let row = 0; (this.#counts[row] ?? 0) > this.#maxBuckets; row++) {
      if (row + 1 === this.#rows) this.#rows += 1;
      const size = SIZES[row] ?? 1;
      const [own, other] = [row * this.#places, (row + 1) * this.#places];
      const count = this.#counts[row] ?? 0;
      const merged = Math.ceil((count - this.#maxBuckets) / 2);
      let from = this.#oldest[row] ?? 0;
      let to = (this.#oldest[row + 1] ?? 0) + (this.#counts[row + 1] ?? 0);
      for (let pair = 0; pair < merged; pair++, from += 2, to++) {
        const first = own + (from & mask);
        const second = own + ((from + 1) & mask);
        const firstTotal = totals[first] ?? 0;
        const secondTotal = totals[second] ?? 0;
        // Sizes are powers of 2: to scale by them rounds nothing.
        const difference = (firstTotal - secondTotal) / size;
        const into = other + (to & mask);
        totals[into] = firstTotal + secondTotal;
        deviations[into] =
          (deviations[first] ?? 0) + (deviations[second] ?? 0) + difference * difference * (size / 2);
      }
      this.#take(row, 2 * merged);
      this.#counts[row + 1] = (this.#counts[row + 1] ?? 0) + merged;
    }
  }

  #placeOf(row: number, bucket: number): number {
    return row * this.#places + (((this.#oldest[row] ?? 0) + bucket) & (this.#places - 1));
  }

  #push(row: number, total: number, deviation: number): void {
    const at = this.#placeOf(row, this.#counts[row] ?? 0);
    this.#totals[at] = total;
    this.#deviations[at] = deviation;
    this.#counts[row] = (this.#counts[row] ?? 0) + 1;
  }

  #take(row: number, buckets: number): void {
    this.#oldest[row] = ((this.#oldest[row] ?? 0) + buckets) & (this.#places - 1);
    this.#counts[row] = (this.#counts[row] ?? 0) - buckets;
  }
}
