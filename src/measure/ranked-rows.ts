import type { Refusal } from "../core/figure.js";
import { refuseNaN } from "./order.js";
import type { Scored } from "./scored.js";
import { stableOrder } from "./stable-order.js";

/** Rows by descending prediction: what a metric of ranks reads from the first to the last. */
export interface RankedRows {
  predictions: Float64Array;
  /** 1 where the row is positive. */
  positives: Uint8Array;
  weights: Float64Array | undefined;
}

/** The sort is most of the work, and metrics of one window share it. Scored predictions do not change. */
const known = new WeakMap<Float64Array, RankedRows | Refusal>();

/** O(n). Refused where a prediction is NaN: such a row cannot be ranked. */
export function rankedRows(scored: Scored): RankedRows | Refusal {
  const { predictions } = scored;
  const found = known.get(predictions);
  if (found !== undefined) return found;
  const ranked = refuseNaN(predictions) ?? bySortOf24Bits(scored) ?? byOrder(scored);
  known.set(predictions, ranked);
  return ranked;
}

function byOrder({ predictions, labels, weights }: Scored): RankedRows {
  const order = stableOrder(predictions, "descending");
  const length = order.length;
  const ranked = { predictions: new Float64Array(length), positives: new Uint8Array(length) };
  const rankedWeights = weights && new Float64Array(length);
  for (let at = 0; at < length; at++) {
    const row = order[at] ?? 0;
    ranked.predictions[at] = predictions[row] ?? 0;
    ranked.positives[at] = labels[row] === 1 ? 1 : 0;
    if (rankedWeights !== undefined) rankedWeights[at] = weights?.[row] ?? 0;
  }
  return { ...ranked, weights: rankedWeights };
}

/** Below this, comparing is faster than counting. */
const COUNT_FROM = 2048;
const DIGITS = 4096;
const KEY_BITS = 24;
/** Exchanges of neighbours, a row, after which another way is faster. */
const MAX_EXCHANGES = 8;

/**
 * Radix sort by the 24 highest bits in which predictions differ, 12 at a time, which carries the rows with it; what those
 * bits do not tell apart is put right by insertion. Undefined where it does not pay: few rows, negative values, weights
 * (whose sums depend on the order of ties), or predictions that agree in too many bits.
 */
function bySortOf24Bits({ predictions, labels, weights }: Scored): RankedRows | undefined {
  const length = predictions.length;
  if (length < COUNT_FROM || weights !== undefined) return undefined;
  // The high words of doubles that are not negative ascend as they do (little-endian).
  const words = new Uint32Array(predictions.buffer, predictions.byteOffset, 2 * length);
  let least = 0xffffffff;
  let most = 0;
  for (let at = 1; at < words.length; at += 2) {
    const word = words[at] ?? 0;
    if (word < least) least = word;
    if (word > most) most = word;
  }
  if (most > 0x7fffffff) return undefined;
  const shift = Math.max(0, 32 - Math.clz32(most - least) - KEY_BITS);
  const lowCounts = new Uint32Array(DIGITS);
  const highCounts = new Uint32Array(DIGITS);
  for (let at = 1; at < words.length; at += 2) {
    const key = (most - (words[at] ?? 0)) >>> shift;
    lowCounts[key & (DIGITS - 1)] = (lowCounts[key & (DIGITS - 1)] ?? 0) + 1;
    highCounts[key >>> 12] = (highCounts[key >>> 12] ?? 0) + 1;
  }
  const half = { predictions: new Float64Array(length), positives: new Uint8Array(length) };
  const lowStarts = startsOf(lowCounts);
  for (let row = 0; row < length; row++) {
    const digit = ((most - (words[2 * row + 1] ?? 0)) >>> shift) & (DIGITS - 1);
    const into = lowStarts[digit] ?? 0;
    lowStarts[digit] = into + 1;
    half.predictions[into] = predictions[row] ?? 0;
    half.positives[into] = labels[row] === 1 ? 1 : 0;
  }
  const halfWords = new Uint32Array(half.predictions.buffer);
  const ranked = { predictions: new Float64Array(length), positives: new Uint8Array(length) };
  const highStarts = startsOf(highCounts);
  for (let row = 0; row < length; row++) {
    const digit = ((most - (halfWords[2 * row + 1] ?? 0)) >>> shift) >>> 12;
    const into = highStarts[digit] ?? 0;
    highStarts[digit] = into + 1;
    ranked.predictions[into] = half.predictions[row] ?? 0;
    ranked.positives[into] = half.positives[row] ?? 0;
  }
  return insertLate(ranked) ? { ...ranked, weights: undefined } : undefined;
}

function startsOf(counts: Uint32Array): Uint32Array {
  let place = 0;
  for (let digit = 0; digit < counts.length; digit++) {
    const count = counts[digit] ?? 0;
    counts[digit] = place;
    place += count;
  }
  return counts;
}

/** Insertion sort of rows that are nearly in order; false where they are not. */
function insertLate({
  predictions,
  positives,
}: {
  predictions: Float64Array;
  positives: Uint8Array;
}): boolean {
  let left = MAX_EXCHANGES * predictions.length;
  for (let row = 1; row < predictions.length; row++) {
    const value = predictions[row] ?? 0;
    if (value <= (predictions[row - 1] ?? 0)) continue;
    const positive = positives[row] ?? 0;
    let at = row;
    for (; at > 0 && (predictions[at - 1] ?? 0) < value; at--) {
      predictions[at] = predictions[at - 1] ?? 0;
      positives[at] = positives[at - 1] ?? 0;
    }
    predictions[at] = value;
    positives[at] = positive;
    left -= row - at;
    if (left < 0) return false;
  }
  return true;
}

/** The end of the run of equal predictions that starts at `start`. */
export function endOfTie(predictions: Float64Array, start: number): number {
  const value = predictions[start];
  let end = start + 1;
  while (end < predictions.length && predictions[end] === value) end++;
  return end;
}
