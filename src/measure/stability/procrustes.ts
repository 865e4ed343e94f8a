import { type Refusal, refusal } from "../../core/figure.js";
import type { MatchedRows } from "./matched-rows.js";
import { singularValues } from "./singular-values.js";

/**
 * The rows with `after` turned (and mirrored) onto `before` by the orthogonal matrix R that brings them closest in least
 * squares: U V^T of the singular value decomposition of after^T before (Schönemann 1966). A model's inner products do
 * not change when its space is turned as a whole, so what is left after this is change of shape. Refused for fewer rows
 * than dimensions, where a turn fits anything, and for values that are not finite. O(rows x width^2 + width^3).
 */
export function aligned(matched: MatchedRows): MatchedRows | Refusal {
  const { rows, width, before, after } = matched;
  if (rows < width) {
    return refusal(
      "too-few-units",
      `${rows} rows in ${width} dimensions can be turned onto anything`,
      "compare models that share more ids",
    );
  }
  if (!before.every(Number.isFinite) || !after.every(Number.isFinite)) {
    return refusal("not-finite", "a vector is not finite", "check both models with unbatch inspect");
  }
  const { u, v } = singularValues(product(after, before, rows, width), width);
  const turn = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < width; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (u[i * width + k] ?? 0) * (v[j * width + k] ?? 0);
      turn[i * width + j] = sum;
    }
  }
  return { ...matched, after: turned(after, turn, rows, width) };
}

/** left^T right, width x width. */
function product(left: Float64Array, right: Float64Array, rows: number, width: number): Float64Array {
  const sums = new Float64Array(width * width);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < width; i++) {
      const value = left[row * width + i] ?? 0;
      for (let j = 0; j < width; j++) {
        sums[i * width + j] = (sums[i * width + j] ?? 0) + value * (right[row * width + j] ?? 0);
      }
    }
  }
  return sums;
}

function turned(vectors: Float64Array, turn: Float64Array, rows: number, width: number): Float64Array {
  const result = new Float64Array(vectors.length);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < width; i++) {
      const value = vectors[row * width + i] ?? 0;
      for (let j = 0; j < width; j++) {
        result[row * width + j] = (result[row * width + j] ?? 0) + value * (turn[i * width + j] ?? 0);
      }
    }
  }
  return result;
}
