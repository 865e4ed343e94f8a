import { decodeHybrid } from "./hybrid.js";

/**
 * Definition levels of a flat optional column: 1 where the row has a value, 0 where it is null. The result is 1 where
 * the row is null, or undefined when none is. Error: RangeError where the levels end early or hold anything else.
 */
export function nullsOfHybrid(
  bytes: Uint8Array,
  from: number,
  to: number,
  rows: number,
): Uint8Array | undefined {
  return nullsOf(decodeHybrid(bytes, from, to, 1, rows));
}

/** The same from the deprecated BIT_PACKED encoding: most significant bit first, no length before it. */
export function nullsOfBitPacked(bytes: Uint8Array, rows: number): Uint8Array | undefined {
  if (bitPackedLength(rows) > bytes.length) throw new RangeError("definition levels end early");
  const levels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) levels[row] = ((bytes[row >> 3] ?? 0) >> (7 - (row & 7))) & 1;
  return nullsOf(levels);
}

export function bitPackedLength(rows: number): number {
  return Math.ceil(rows / 8);
}

export function countNulls(nulls: Uint8Array | undefined): number {
  if (nulls === undefined) return 0;
  let count = 0;
  for (let row = 0; row < nulls.length; row++) count += nulls[row] ?? 0;
  return count;
}

function nullsOf(levels: Int32Array): Uint8Array | undefined {
  let nulls: Uint8Array | undefined;
  for (let row = 0; row < levels.length; row++) {
    const level = levels[row];
    if (level === 1) continue;
    if (level !== 0) throw new RangeError(`a definition level of ${level} in a flat column`);
    nulls ??= new Uint8Array(levels.length);
    nulls[row] = 1;
  }
  return nulls;
}
