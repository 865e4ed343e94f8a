import { noRows, type Refusal, refusal } from "../../core/figure.js";
import { scoreBlock, VECTORS_IN_BLOCK, vectorBlock } from "./score-block.js";

/** A catalogue that is scored by inner product: score(query, item) = query vector . item vector + item bias. */
export interface Catalogue {
  width: number;
  /** items x width, row-major. */
  items: Float64Array | Float32Array;
  biases?: Float64Array | Float32Array;
}

/** Events of a log of positives alone: each says what one query (a user, a context) took. */
export interface PositiveEvents {
  /** events x width, row-major. */
  queries: Float64Array | Float32Array;
  /** The item taken: a row of the catalogue. */
  positives: Int32Array;
}

/**
 * The rank of each event's positive among all items of the catalogue, from 1: 1 + items that score higher + half of the
 * other items that score the same, so that a model which scores all alike ranks (items + 1) / 2 and not first.
 * Exact: every score is computed, in blocks that stay in the cache, each sum in the order of the dimensions, so no rank
 * depends on the blocks. Items that the user has taken before are not left out.
 * Refused: no events, an event whose positive is not in the catalogue, a score that is NaN.
 * O(events x items x width), memory O(events).
 */
export function positiveRanks(catalogue: Catalogue, events: PositiveEvents): Float64Array | Refusal {
  const { positives, queries } = events;
  const { width, items } = catalogue;
  const itemCount = items.length / width;
  if (positives.length === 0) return noRows();
  const absent = positives.findIndex((item) => item < 0 || item >= itemCount);
  if (absent >= 0) return notInCatalogue(absent, positives[absent] ?? -1, itemCount);

  const own = Float64Array.from(positives, (item, event) => scoreOf(catalogue, queries, event, item));
  const higher = new Float64Array(positives.length);
  const tied = new Float64Array(positives.length);
  const scores = new Float64Array(VECTORS_IN_BLOCK);
  for (let from = 0; from < itemCount; from += VECTORS_IN_BLOCK) {
    const to = Math.min(itemCount, from + VECTORS_IN_BLOCK);
    const block = vectorBlock(width, items, catalogue.biases, from, to);
    for (let event = 0; event < positives.length; event++) {
      scoreBlock(block, queries, event, scores);
      const mine = own[event] ?? Number.NaN;
      let above = 0;
      let equal = 0;
      for (let at = 0; at < block.count; at++) {
        const score = scores[at] ?? Number.NaN;
        if (score > mine) above += 1;
        else if (score === mine) equal += 1;
        else if (!(score < mine)) return notRanked(event, from + at);
      }
      higher[event] = (higher[event] ?? 0) + above;
      tied[event] = (tied[event] ?? 0) + equal;
    }
  }
  // The positive is tied with itself.
  return higher.map((count, event) => 1 + count + ((tied[event] ?? 1) - 1) / 2);
}

/** One inner product, the bias first, then the dimensions in order: the bits that scoreBlock gives too. */
export function scoreOf(
  { width, items, biases }: Catalogue,
  queries: Float64Array | Float32Array,
  query: number,
  item: number,
): number {
  let sum = biases === undefined ? 0 : (biases[item] ?? 0);
  for (let k = 0; k < width; k++) sum += (queries[query * width + k] ?? 0) * (items[item * width + k] ?? 0);
  return sum;
}

export function notInCatalogue(event: number, item: number, items: number): Refusal {
  return refusal(
    "not-in-catalogue",
    `event ${event} took item ${item}; the catalogue holds items 0 to ${items - 1}`,
    "give the whole catalogue, or leave out events of items that it does not hold",
  );
}

export function notRanked(event: number, item: number): Refusal {
  return refusal(
    "not-finite",
    `the score of item ${item} for event ${event} cannot be ranked beside the positive's: one is NaN`,
    "check the model with unbatch inspect",
  );
}
