import { UnbatchError } from "../core/errors.js";
import { partsOf, stretchesOf, type Tensor, type TensorValues } from "../core/tensor.js";
import type { StateArray } from "../model/optimizers/optimizer.js";
import type { BoundTable } from "./bound.js";
import { firstNotFinite } from "./built-array.js";

/** Takes rows [from, to) of a table's stretch, row-major [to - from, width], to the start of `into`. */
export type ReadRows = (from: number, to: number, into: StateArray) => void;

/**
 * Opens a table's stretch of a source tensor. Rows that lie there as they are here are read when they are asked for. Slots
 * have the shape of their weights, so that they are cut by the same hand. Error, of what is read: a value that is not
 * finite.
 */
export function openStretch(tensor: Tensor, table: BoundTable, where: string): ReadRows {
  const { layout, firstRow, width, order } = table;
  const rowOf = (row: number): number => firstRow + (order?.[row] ?? row);
  const check = (from: number, count: number, into: StateArray): void => {
    const at = firstNotFinite(into.subarray(0, count * width));
    if (at < 0) return;
    const place = `row ${rowOf(from + Math.floor(at / width))}, column ${at % width}`;
    throw notFinite(tensor, `${into[at]} at ${place}`, where);
  };
  if (layout !== "transposed" && order === undefined) {
    const read = partsOf(tensor);
    return (from, to, into) => {
      put(read(rowOf(from) * width, rowOf(to) * width), into);
      check(from, to - from, into);
    };
  }
  const values = tensor.values();
  const inputs = layout === "transposed" ? (tensor.shape[1] ?? 0) : 0;
  return (from, to, into) => {
    for (let row = from; row < to; row++) {
      for (let k = 0; k < width; k++) {
        const at = layout === "transposed" ? k * inputs + rowOf(row) : rowOf(row) * width + k;
        into[(row - from) * width + k] = Number(values[at]);
      }
    }
    check(from, to - from, into);
  };
}

function put(values: TensorValues, into: StateArray): void {
  into.set(values instanceof BigInt64Array ? Float64Array.from(values, Number) : values);
}

/** All numbers of a tensor as float64. Error: as openStretch. */
export function readFinite(tensor: Tensor, where: string): Float64Array {
  const values = Float64Array.from(tensor.values(), Number);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw notFinite(tensor, `${values[bad]} at place ${bad}`, where);
  return values;
}

/** How many there are, and the first that was met. */
function notFinite(tensor: Tensor, first: string, where: string): UnbatchError {
  let [count, all] = [0, 0];
  for (const { values } of stretchesOf(tensor, 1)) {
    all += values.length;
    for (let at = 0; at < values.length; at++) if (!Number.isFinite(Number(values[at]))) count += 1;
  }
  return new UnbatchError({
    where: `${where}, tensor ${tensor.name}`,
    found: `${first}: ${count} of ${all} numbers are not finite`,
    expected: "finite numbers",
    next: "convert a checkpoint from before the training diverged",
  });
}
