type Vectors = Float64Array | Float32Array;

/** Some vectors of a longer list in float64, filled up with zeros to a multiple of 4. */
export interface VectorBlock {
  width: number;
  count: number;
  vectors: Float64Array;
  biases: Float64Array;
}

/** Vectors whose block stays in the first cache while queries go over it. */
export const VECTORS_IN_BLOCK = 128;

/** Vectors [from, to) of a row-major list. */
export function vectorBlock(
  width: number,
  vectors: Vectors,
  biases: Vectors | undefined,
  from: number,
  to: number,
): VectorBlock {
  const padded = 4 * Math.ceil((to - from) / 4);
  const block = {
    width,
    count: to - from,
    vectors: new Float64Array(padded * width),
    biases: new Float64Array(padded),
  };
  block.vectors.set(vectors.subarray(from * width, to * width));
  if (biases !== undefined) block.biases.set(biases.subarray(from, to));
  return block;
}

/**
 * Bias + inner product of one query with each vector of the block, into scores[0 ... count). Four at a time: four sums
 * that do not wait for each other, each with the bias first and then the dimensions in order, so its bits do not depend
 * on how the list was cut. O(count x width).
 */
export function scoreBlock(
  { width, count, vectors, biases }: VectorBlock,
  queries: Vectors,
  query: number,
  scores: Float64Array,
): void {
  const left = query * width;
  for (let first = 0; first < count; first += 4) {
    let a = biases[first] ?? 0;
    let b = biases[first + 1] ?? 0;
    let c = biases[first + 2] ?? 0;
    let d = biases[first + 3] ?? 0;
    let at = first * width;
    for (let k = 0; k < width; k++, at++) {
      const value = queries[left + k] ?? 0;
      a += value * (vectors[at] ?? 0);
      b += value * (vectors[at + width] ?? 0);
      c += value * (vectors[at + 2 * width] ?? 0);
      d += value * (vectors[at + 3 * width] ?? 0);
    }
    scores[first] = a;
    scores[first + 1] = b;
    scores[first + 2] = c;
    scores[first + 3] = d;
  }
}
