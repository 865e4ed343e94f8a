import type { NewRowRule } from "../core/model-spec.js";
import type { StateArray } from "../model/optimizers/optimizer.js";

/** Spread of a new row's start, as a share of the spread of the learned rows. */
const NOISE_SHARE = 0.1;

/** Rows of a table, each once. */
export interface Rows extends Iterable<number> {
  readonly size: number;
}

/**
 * How rows of new ids begin in a table of vectors: the mean of the rows that ids have, plus a tenth of their standard
 * deviation as noise. Zero on both sides of a dot product would have no gradient.
 */
export function newRowRule(vectorOf: (row: number) => StateArray, width: number, learned: Rows): NewRowRule {
  const mean = new Float64Array(width);
  for (const row of learned) {
    const vector = vectorOf(row);
    for (let k = 0; k < width; k++) mean[k] = (mean[k] ?? 0) + (vector[k] ?? 0) / learned.size;
  }
  let squares = 0;
  for (const row of learned) {
    const vector = vectorOf(row);
    for (let k = 0; k < width; k++) squares += ((vector[k] ?? 0) - (mean[k] ?? 0)) ** 2;
  }
  const count = learned.size * width;
  return { mean: [...mean], noise: count === 0 ? NOISE_SHARE : NOISE_SHARE * Math.sqrt(squares / count) };
}
