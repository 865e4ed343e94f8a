import { highWords, sortProbabilities } from "./sort-probabilities.js";

/**
 * The distinct predictions of the positives, ascending: all that metrics of ranks need in order, since what lies between
 * two of them needs only to be counted.
 */
export interface Thresholds {
  values: Float64Array;
  /** Per threshold: positives of that prediction, negatives of it, and negatives below it but above the one before. */
  positives: Float64Array;
  tied: Float64Array;
  below: Float64Array;
  /** Negatives above the last. */
  above: number;
}

/** @param predictions none negative, none NaN. O(n) and O(positives) of memory. */
export function thresholdsOf(predictions: Float64Array, labels: Float64Array): Thresholds {
  const { values, positives } = distinct(positivesOf(predictions, labels));
  const last = values.length;
  const tied = new Float64Array(last);
  const below = new Float64Array(last + 1);
  const find = finder(values);
  const words = highWords(predictions);
  for (let row = 0; row < predictions.length; row++) {
    if (labels[row] === 1) continue;
    const prediction = predictions[row] ?? 0;
    const at = find(prediction, words[2 * row + 1] ?? 0);
    if (values[at] === prediction) tied[at] = (tied[at] ?? 0) + 1;
    else below[at] = (below[at] ?? 0) + 1;
  }
  return { values, positives, tied, below: below.subarray(0, last), above: below[last] ?? 0 };
}

function positivesOf(predictions: Float64Array, labels: Float64Array): Float64Array {
  let count = 0;
  for (let row = 0; row < labels.length; row++) if (labels[row] === 1) count++;
  const found = new Float64Array(count);
  let at = 0;
  for (let row = 0; row < labels.length; row++) if (labels[row] === 1) found[at++] = predictions[row] ?? 0;
  return found;
}

/** Each value once, in ascending order, and how often it was there. */
function distinct(all: Float64Array): { values: Float64Array; positives: Float64Array } {
  sortProbabilities(all);
  const counts = new Float64Array(all.length);
  let kept = 0;
  for (let row = 0; row < all.length; row++) {
    const value = all[row] ?? 0;
    if (row === 0 || value !== all[kept - 1]) all[kept++] = value;
    counts[kept - 1] = (counts[kept - 1] ?? 0) + 1;
  }
  return { values: all.subarray(0, kept), positives: counts.subarray(0, kept) };
}

/** Cells of equal width in the high word, by which a search begins near its end: some for each value. */
const MOST_CELL_BITS = 18;

/** (value, its high word) -> the first place of `values` that is not below it. */
function finder(values: Float64Array): (value: number, word: number) => number {
  if (values.length === 0) return () => 0;
  const words = highWords(values);
  const least = words[1] ?? 0;
  const most = words[words.length - 1] ?? 0;
  const cellBits = Math.min(MOST_CELL_BITS, 34 - Math.clz32(values.length));
  const shift = Math.max(0, 32 - Math.clz32(most - least) - cellBits);
  const starts = new Int32Array(2 ** cellBits + 1);
  for (let at = 0, cell = 0; cell < starts.length; cell++) {
    while (at < values.length && ((words[2 * at + 1] ?? 0) - least) >>> shift < cell) at++;
    starts[cell] = at;
  }
  return (value, word) => {
    if (word < least) return 0;
    if (word > most) return values.length;
    const cell = (word - least) >>> shift;
    let low = starts[cell] ?? 0;
    let high = starts[cell + 1] ?? 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((values[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
