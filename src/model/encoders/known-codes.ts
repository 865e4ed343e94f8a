/** No code is as low as these: of a value that was not met, and of one that has none. */
export const UNSEEN: number = -(2 ** 31);
export const REFUSED: number = UNSEEN + 1;

/** Rows as indices into distinct values, -1 for none, and the codes that are known so far, the null's first. */
export interface Places {
  places: Int32Array;
  known: Int32Array;
  valueAt: (index: number) => string | number | undefined;
  codeAt: (index: number) => number;
}

/** The codes of rows from `from` on, up to the first whose value has none yet: that row, or `rows`. */
export function copyKnown(
  places: Int32Array,
  known: Int32Array,
  from: number,
  rows: number,
  into: Int32Array,
  at: number,
): number {
  for (let row = from; row < rows; row++) {
    const code = known[(places[row] ?? -1) + 1] ?? UNSEEN;
    if (code <= REFUSED) return row;
    into[at + row] = code;
  }
  return rows;
}
