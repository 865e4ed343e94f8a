/** Most logs come in order: then nothing needs to be moved. O(n). */
export function isWhole(order: Int32Array, length: number): boolean {
  if (order.length !== length) return false;
  for (let at = 0; at < length; at++) if (order[at] !== at) return false;
  return true;
}

/** values[order[0]], values[order[1]], … A loop, as Array.from with a function takes ten times as long. */
export function gatherNumbers(values: Float64Array, order: Int32Array): Float64Array {
  const gathered = new Float64Array(order.length);
  for (let at = 0; at < order.length; at++) gathered[at] = values[order[at] ?? 0] ?? Number.NaN;
  return gathered;
}

export function gatherCodes(values: Int32Array, order: Int32Array): Int32Array {
  const gathered = new Int32Array(order.length);
  for (let at = 0; at < order.length; at++) gathered[at] = values[order[at] ?? 0] ?? 0;
  return gathered;
}

export function joinNumbers(parts: readonly Float64Array[]): Float64Array {
  return joinInto(new Float64Array(lengthOf(parts)), parts);
}

export function joinCodes(parts: readonly Int32Array[]): Int32Array {
  return joinInto(new Int32Array(lengthOf(parts)), parts);
}

export function joinMarks(parts: readonly Uint8Array[]): Uint8Array {
  return joinInto(new Uint8Array(lengthOf(parts)), parts);
}

function lengthOf(parts: readonly ArrayLike<number>[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function joinInto<T extends { set(part: ArrayLike<number>, at: number): void }>(
  joined: T,
  parts: readonly ArrayLike<number>[],
): T {
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Rows from `from` on whose value is finite, ascending. */
export function finiteRows(values: Float64Array, from: number = 0): Int32Array {
  const rows = new Int32Array(values.length);
  let kept = 0;
  for (let row = from; row < values.length; row++) {
    const value = values[row] ?? Number.NaN;
    if (value - value === 0) rows[kept++] = row;
  }
  return rows.subarray(0, kept);
}

/** Rows whose mark is 0, ascending. */
export function unmarkedRows(marks: Uint8Array): Int32Array {
  const rows = new Int32Array(marks.length);
  let kept = 0;
  for (let row = 0; row < marks.length; row++) if (marks[row] === 0) rows[kept++] = row;
  return rows.subarray(0, kept);
}

/** Rows for which `keep` holds, ascending. */
export function rowsWhere(length: number, keep: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(length);
  let kept = 0;
  for (let row = 0; row < length; row++) if (keep(row)) rows[kept++] = row;
  return rows.subarray(0, kept);
}
