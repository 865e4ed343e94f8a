import type { Column, ListColumn } from "../../core/column.js";
import type { BagCombine, BagSpec } from "../../core/model-spec.js";
import { type Rejections, reject } from "../../core/rejections.js";
import type { Bags } from "../bags.js";
import type { ColumnEncoder } from "./column-encoder.js";
import { numbersOf } from "./numeric.js";
import { splitTexts } from "./split-texts.js";

/**
 * The bags of a block of rows: every value of a row encoded as the one value of a plain feature would be. A null list is
 * an empty bag. A row is set aside where one of its values cannot be encoded, or where its weights are not as many as
 * its values, not finite, or (for a mean) negative.
 */
export function encodeBags(
  encoder: ColumnEncoder,
  bag: BagSpec,
  values: Column | ListColumn,
  weights: Column | ListColumn | undefined,
  rows: number,
  rejections: Rejections,
): Bags {
  const { offsets, values: flat } = asLists(values, rows, bag.split);
  const count = offsets[rows] ?? 0;
  const codes = new Int32Array(count);
  const ofValues = new Uint8Array(count);
  encoder.encode(flat, count, codes, 0, ofValues);
  for (let row = 0; row < rows; row++) {
    for (let at = offsets[row] ?? 0; at < (offsets[row + 1] ?? 0); at++)
      if (rejections[row] === 0) rejections[row] = ofValues[at] ?? 0;
  }
  if (weights === undefined && bag.combine === "sum") return { offsets, codes };
  const factors =
    weights === undefined
      ? new Float64Array(count).fill(1)
      : weightsOf(asLists(weights, rows, bag.split), offsets, bag.combine, rejections);
  normalise(factors, offsets, bag.combine);
  return { offsets, codes, weights: factors };
}

/** A column of one value a row has lists of one, unless its texts are split. */
function asLists(column: Column | ListColumn, rows: number, separator: string | undefined): ListColumn {
  if (column.kind === "list") return column;
  if (column.kind === "text" && separator !== undefined) return splitTexts(column, rows, separator);
  return { kind: "list", offsets: Int32Array.from({ length: rows + 1 }, (_, row) => row), values: column };
}

/** The weight of each value; 0 in rows that are set aside. */
function weightsOf(
  weights: ListColumn,
  offsets: Int32Array,
  combine: BagCombine,
  rejections: Rejections,
): Float64Array {
  const rows = offsets.length - 1;
  const numbers = numbersOf(weights.values, weights.offsets[rows] ?? 0);
  const factors = new Float64Array(offsets[rows] ?? 0);
  for (let row = 0; row < rows; row++) {
    const [from, to] = [offsets[row] ?? 0, offsets[row + 1] ?? 0];
    const first = weights.offsets[row] ?? 0;
    if ((weights.offsets[row + 1] ?? 0) - first !== to - from) {
      reject(rejections, row, "bag-weights-uneven");
      continue;
    }
    for (let at = from; at < to; at++) {
      const weight = numbers[first + at - from] ?? Number.NaN;
      if (Number.isFinite(weight) && (combine !== "mean" || weight >= 0)) factors[at] = weight;
      else reject(rejections, row, "bag-weight-invalid");
    }
  }
  return factors;
}

/** Divides the weights of each bag by what the combination divides its sum by; a bag of zeros stays one. */
function normalise(factors: Float64Array, offsets: Int32Array, combine: BagCombine): void {
  if (combine === "sum") return;
  for (let row = 0; row + 1 < offsets.length; row++) {
    const ofRow = factors.subarray(offsets[row], offsets[row + 1]);
    let sum = 0;
    for (const factor of ofRow) sum += combine === "mean" ? factor : factor * factor;
    const divisor = combine === "mean" ? sum : Math.sqrt(sum);
    if (divisor > 0) for (let at = 0; at < ofRow.length; at++) ofRow[at] = (ofRow[at] ?? 0) / divisor;
  }
}
