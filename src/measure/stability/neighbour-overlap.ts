import { estimate, type Figure, refusal } from "../../core/figure.js";
import { seededRandom } from "../../core/random.js";
import { scoreBlock, VECTORS_IN_BLOCK, vectorBlock } from "../catalogue/score-block.js";
import { type MatchedRows, normOf } from "./matched-rows.js";

export interface NeighbourOptions {
  k: number;
  /** Rows whose neighbours are looked up; all where there are no more. */
  sample: number;
  seed: number;
}

/**
 * Of the k nearest rows by cosine before, the share that is among the k nearest after, mean over a seeded sample of
 * rows. Neighbours are looked for among all matched rows, exactly; equal cosines in row order. Turning the space changes
 * nothing. Rows that are zero in either model have no direction and take no part.
 * Refused where no more than k rows are left. O(sample x rows x width).
 */
export function neighbourOverlap(matched: MatchedRows, { k, sample, seed }: NeighbourOptions): Figure {
  const kept = withDirection(matched);
  const rows = kept.length;
  if (rows <= k) {
    return refusal(
      "too-few-units",
      `${rows} matched rows with a direction, for ${k} neighbours`,
      "ask for fewer neighbours, or compare models that share more ids",
    );
  }
  const before = unitVectors(matched.before, kept, matched.width);
  const after = unitVectors(matched.after, kept, matched.width);
  const queries = sampleOf(rows, sample, seed);
  const nearestBefore = nearest(before, queries, matched.width, k);
  const nearestAfter = nearest(after, queries, matched.width, k);
  let shared = 0;
  queries.forEach((_, at) => {
    const own = new Set(nearestBefore.subarray(at * k, (at + 1) * k));
    for (const row of nearestAfter.subarray(at * k, (at + 1) * k)) if (own.has(row)) shared += 1;
  });
  const estimator = `overlap of ${k} nearest neighbours by cosine, sample of ${queries.length}`;
  return estimate(shared / (queries.length * k), rows, estimator);
}

function withDirection({ rows, width, before, after }: MatchedRows): Uint32Array {
  const kept = new Uint32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if (normOf(before, row, width) > 0 && normOf(after, row, width) > 0) kept[count++] = row;
  }
  return kept.subarray(0, count);
}

function unitVectors(vectors: Float64Array, rows: Uint32Array, width: number): Float64Array {
  const units = new Float64Array(rows.length * width);
  rows.forEach((row, at) => {
    const norm = normOf(vectors, row, width);
    for (let k = 0; k < width; k++) units[at * width + k] = (vectors[row * width + k] ?? 0) / norm;
  });
  return units;
}

/** Distinct rows, ascending: the first of a seeded shuffle (Fisher & Yates). */
function sampleOf(rows: number, size: number, seed: number): Uint32Array {
  const random = seededRandom(seed);
  const shuffled = Uint32Array.from({ length: rows }, (_, row) => row);
  const count = Math.min(rows, size);
  for (let at = 0; at < count; at++) {
    const other = at + Math.floor(random.uniform() * (rows - at));
    const moved = shuffled[at] ?? 0;
    shuffled[at] = shuffled[other] ?? 0;
    shuffled[other] = moved;
  }
  return shuffled.slice(0, count).sort();
}

/** The k rows of the largest inner product with each query row, itself left out; k a query. */
function nearest(units: Float64Array, queries: Uint32Array, width: number, k: number): Uint32Array {
  const rows = units.length / width;
  const found = new Uint32Array(queries.length * k);
  const cosines = new Float64Array(queries.length * k).fill(Number.NEGATIVE_INFINITY);
  const scores = new Float64Array(VECTORS_IN_BLOCK);
  for (let from = 0; from < rows; from += VECTORS_IN_BLOCK) {
    const block = vectorBlock(width, units, undefined, from, Math.min(rows, from + VECTORS_IN_BLOCK));
    queries.forEach((query, at) => {
      scoreBlock(block, units, query, scores);
      const last = (at + 1) * k - 1;
      for (let index = 0; index < block.count; index++) {
        const score = scores[index] ?? 0;
        if (from + index === query || !(score > (cosines[last] ?? 0))) continue;
        // Sorted, largest first: room is made where it belongs, behind equal ones, which came earlier.
        let place = last;
        for (; place > at * k && (cosines[place - 1] ?? 0) < score; place--) {
          cosines[place] = cosines[place - 1] ?? 0;
          found[place] = found[place - 1] ?? 0;
        }
        cosines[place] = score;
        found[place] = from + index;
      }
    });
  }
  return found;
}
