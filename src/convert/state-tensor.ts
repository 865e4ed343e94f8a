import { UnbatchError } from "../core/errors.js";
import type { Precision } from "../core/model-spec.js";
import { stretchesOf, type Tensor } from "../core/tensor.js";
import type { StateArray } from "../model/optimizers/optimizer.js";
import { type BuiltArray, firstNotFinite, type MakeRows, stretchesOfRows } from "./built-array.js";

/**
 * A tensor of the online model at its precision. `source`: the tensor that it is made of, for messages. Errors, when it is
 * read: numbers that float32 cannot hold; see BuiltArray.
 */
export function stateTensor(name: string, array: BuiltArray, precision: Precision, source = ""): Tensor {
  const { rows, width } = array;
  const where = source === "" ? `table ${name}` : `table ${name} (of ${source})`;
  const open = (): MakeRows => {
    const make = array.open();
    return precision === "float64" ? make : (from, to) => asFloat32(make(from, to), array, where);
  };
  return {
    ...{ name, shape: [rows, width], dtype: precision },
    values: () => open()(0, rows),
    parts() {
      const make = open();
      return (from, to) => {
        const first = Math.floor(from / width);
        const part = make(first, Math.ceil(to / width));
        return part.subarray(from - first * width, to - first * width);
      };
    },
  };
}

/** Reads all of it once, so that what cannot be converted is said before anything is scored or written. */
export function readThrough(tensor: Tensor): void {
  const stretches = stretchesOf(tensor, tensor.shape[1] ?? 1);
  while (stretches.next().done !== true);
}

function asFloat32(values: StateArray, array: BuiltArray, where: string): Float32Array {
  if (values instanceof Float32Array) return values;
  const rounded = Float32Array.from(values);
  if (firstNotFinite(rounded) >= 0) throw beyondFloat32(array, where);
  return rounded;
}

/** How many numbers are beyond its range, and the first of them. */
function beyondFloat32(array: BuiltArray, where: string): UnbatchError {
  const { rows, width } = array;
  let beyond = 0;
  let first = "";
  for (const { from, values } of stretchesOfRows(array)) {
    values.forEach((value, at) => {
      if (Number.isFinite(Math.fround(value))) return;
      beyond += 1;
      if (first === "") first = `${value} at row ${from + Math.floor(at / width)}, column ${at % width}`;
    });
  }
  return new UnbatchError({
    where,
    found: `${beyond} of ${rows * width} numbers that float32 cannot hold, the first ${first}`,
    expected: "numbers up to 3.4e38",
    next: "convert with --precision float64",
  });
}
