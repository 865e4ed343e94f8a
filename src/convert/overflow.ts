import { UnbatchError } from "../core/errors.js";

/** Float64 numbers, [rows, width], as float32. Error: how many are beyond its range, and the first of them. */
export function asFloat32(where: string, width: number, values: Float64Array): Float32Array {
  const rounded = Float32Array.from(values);
  let beyond = 0;
  let first = -1;
  for (let at = 0; at < rounded.length; at++) {
    if (Number.isFinite(rounded[at])) continue;
    beyond += 1;
    if (first < 0) first = at;
  }
  if (beyond === 0) return rounded;
  throw new UnbatchError({
    where,
    found: `${beyond} of ${values.length} numbers that float32 cannot hold, the first ${values[first]} at row ${Math.floor(first / width)}, column ${first % width}`,
    expected: "numbers up to 3.4e38",
    next: "convert with --precision float64",
  });
}
