import { everyArray, type Scored } from "./scored.js";

/**
 * Per row from `firstTestRow` on, 1 where the row's id has no event before it: users or items that a model trained up
 * to the test has never met. Rows without an id (-1) count as seen. O(n).
 */
export function newSince(codes: Int32Array, firstTestRow: number): Uint8Array {
  const seen = new Uint8Array(codes.reduce((most, code) => Math.max(most, code), -1) + 1);
  for (const code of codes.subarray(0, firstTestRow)) if (code >= 0) seen[code] = 1;
  return Uint8Array.from(codes.subarray(firstTestRow), (code) => (code >= 0 && seen[code] === 0 ? 1 : 0));
}

/** The scored rows that are chosen (1), in order. */
export function chosenRows(scored: Scored, chosen: Uint8Array): Scored {
  return everyArray(scored, (values) => values.filter((_, row) => chosen[row] === 1));
}
