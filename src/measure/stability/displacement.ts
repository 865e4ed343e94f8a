import { type MatchedRows, normOf } from "./matched-rows.js";
import { type Summary, summaryOf } from "./summary.js";

/** How far the rows moved. */
export interface Displacement {
  /** |after - before| / |before| of each row. */
  relativeNorm: Summary;
  /** Angle between before and after, in degrees. */
  angleDegrees: Summary;
}

/** Rows that were zero have no relative norm, rows that were or are zero no angle: both left out. O(rows x width). */
export function displacement(matched: MatchedRows): Displacement {
  const { rows, width, before, after } = matched;
  const norms = new Float64Array(rows);
  const angles = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const from = normOf(before, row, width);
    const to = normOf(after, row, width);
    norms[row] = from > 0 ? movedBy(matched, row) / from : Number.NaN;
    angles[row] = from > 0 && to > 0 ? angleOf(matched, row, from, to) : Number.NaN;
  }
  return {
    relativeNorm: summaryOf(norms, "relative displacement"),
    angleDegrees: summaryOf(angles, "angle in degrees"),
  };
}

function movedBy({ before, after, width }: MatchedRows, row: number): number {
  let squares = 0;
  for (let at = row * width; at < (row + 1) * width; at++)
    squares += ((after[at] ?? 0) - (before[at] ?? 0)) ** 2;
  return Math.sqrt(squares);
}

/** By the half angle of unit vectors: the arc cosine of an inner product near 1 would lose half of the digits. */
function angleOf({ before, after, width }: MatchedRows, row: number, from: number, to: number): number {
  let difference = 0;
  let sum = 0;
  for (let at = row * width; at < (row + 1) * width; at++) {
    const a = (before[at] ?? 0) / from;
    const b = (after[at] ?? 0) / to;
    difference += (a - b) ** 2;
    sum += (a + b) ** 2;
  }
  return (2 * Math.atan2(Math.sqrt(difference), Math.sqrt(sum)) * 180) / Math.PI;
}
