import type { NewRowRule } from "../core/model-spec.js";

/** Spread of a new row's start, as a share of the spread of the learned rows. */
const NOISE_SHARE = 0.1;

/**
 * How rows of new ids begin in a table of vectors: the mean of the rows that ids have, plus a tenth of their standard
 * deviation as noise. Zero on both sides of a dot product would have no gradient.
 */
export function newRowRule(weights: Float64Array, width: number, rows: Iterable<number>): NewRowRule {
  const learned = [...new Set(rows)];
  const mean = new Array<number>(width).fill(0);
  for (const row of learned) {
    for (let k = 0; k < width; k++)
      mean[k] = (mean[k] ?? 0) + (weights[row * width + k] ?? 0) / learned.length;
  }
  let squares = 0;
  for (const row of learned) {
    for (let k = 0; k < width; k++) squares += ((weights[row * width + k] ?? 0) - (mean[k] ?? 0)) ** 2;
  }
  const count = learned.length * width;
  return { mean, noise: count === 0 ? NOISE_SHARE : NOISE_SHARE * Math.sqrt(squares / count) };
}
