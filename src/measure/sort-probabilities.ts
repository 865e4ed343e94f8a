/** Below this, comparing is faster than counting. */
const COUNT_FROM = 2048;
const DIGIT_BITS = 12;
const DIGITS = 2 ** DIGIT_BITS;
const KEY_BITS = 2 * DIGIT_BITS;
/** Exchanges of neighbours, a value, after which another way is faster. */
const MAX_EXCHANGES = 8;

/**
 * Sorts numbers that are not negative, in ascending order: by the 24 highest bits in which they differ, 12 at a time
 * (radix sort); what those bits do not tell apart is put right by insertion. O(n), but where they agree in those bits.
 */
export function sortProbabilities(values: Float64Array): void {
  if (values.length < COUNT_FROM || !sortByHighBits(values)) values.sort();
}

/** The high words of doubles that are not negative ascend as they do (little-endian). */
function highWords(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
}

/** False where the rest is better sorted otherwise. */
function sortByHighBits(values: Float64Array): boolean {
  const words = highWords(values);
  let least = 0xffffffff;
  let most = 0;
  for (let at = 1; at < words.length; at += 2) {
    const word = words[at] ?? 0;
    if (word < least) least = word;
    if (word > most) most = word;
  }
  const shift = Math.max(0, 32 - Math.clz32(most - least) - KEY_BITS);
  const half = new Float64Array(values.length);
  byDigit(values, half, least, shift);
  byDigit(half, values, least, shift + DIGIT_BITS);
  return insertLate(values);
}

/** By the digit that begins at bit `shift` of the high word less `least`; equal ones in the order they came. */
function byDigit(values: Float64Array, into: Float64Array, least: number, shift: number): void {
  const words = highWords(values);
  const places = new Uint32Array(DIGITS + 1);
  for (let at = 1; at < words.length; at += 2) {
    const next = ((((words[at] ?? 0) - least) >>> shift) & (DIGITS - 1)) + 1;
    places[next] = (places[next] ?? 0) + 1;
  }
  for (let digit = 1; digit < DIGITS; digit++)
    places[digit] = (places[digit] ?? 0) + (places[digit - 1] ?? 0);
  for (let row = 0; row < values.length; row++) {
    const digit = (((words[2 * row + 1] ?? 0) - least) >>> shift) & (DIGITS - 1);
    const place = places[digit] ?? 0;
    places[digit] = place + 1;
    into[place] = values[row] ?? 0;
  }
}

/** Insertion sort of values that are nearly in order; false where they are not. */
function insertLate(values: Float64Array): boolean {
  let left = MAX_EXCHANGES * values.length;
  for (let row = 1; row < values.length; row++) {
    const value = values[row] ?? 0;
    if (value >= (values[row - 1] ?? 0)) continue;
    let at = row;
    for (; at > 0 && (values[at - 1] ?? 0) > value; at--) values[at] = values[at - 1] ?? 0;
    values[at] = value;
    left -= row - at;
    if (left < 0) return false;
  }
  return true;
}
