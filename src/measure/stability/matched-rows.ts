/** The vectors of the same ids in two models: row r of both belongs to one id. Row-major, rows x width. */
export interface MatchedRows {
  rows: number;
  width: number;
  before: Float64Array;
  after: Float64Array;
}

/** Euclidean length of row `row`. */
export function normOf(vectors: Float64Array, row: number, width: number): number {
  let squares = 0;
  for (let at = row * width; at < (row + 1) * width; at++) squares += (vectors[at] ?? 0) ** 2;
  return Math.sqrt(squares);
}
