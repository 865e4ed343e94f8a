import { UnbatchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import type { StateArray } from "../model/optimizers/optimizer.js";
import type { BoundTable } from "./bound.js";

/**
 * The first `rows` rows of a table's stretch of a source tensor, row-major [rows, width], to the start of `into`. Slots
 * have the shape of their weights, so that they are cut by the same hand. Error: a value that is not finite.
 */
export function readStretch(
  tensor: Tensor,
  table: BoundTable,
  rows: number,
  where: string,
  into: StateArray,
): void {
  const { layout, firstRow, width, order } = table;
  const values = tensor.values();
  const inputs = layout === "transposed" ? (tensor.shape[1] ?? 0) : 0;
  for (let row = 0; row < rows; row++) {
    const from = firstRow + (order?.[row] ?? row);
    for (let k = 0; k < width; k++) {
      const at = layout === "transposed" ? k * inputs + from : from * width + k;
      const value = Number(values[at]);
      if (!Number.isFinite(value)) throw notFinite(tensor, `${value} at row ${from}, column ${k}`, where);
      into[row * width + k] = value;
    }
  }
}

/** All numbers of a tensor as float64. Error: as readStretch. */
export function readFinite(tensor: Tensor, where: string): Float64Array {
  const values = Float64Array.from(tensor.values(), Number);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw notFinite(tensor, `${values[bad]} at place ${bad}`, where);
  return values;
}

/** How many there are, and the first that was met. */
function notFinite(tensor: Tensor, first: string, where: string): UnbatchError {
  const values = tensor.values();
  let count = 0;
  for (let at = 0; at < values.length; at++) if (!Number.isFinite(Number(values[at]))) count += 1;
  return new UnbatchError({
    where: `${where}, tensor ${tensor.name}`,
    found: `${first}: ${count} of ${values.length} numbers are not finite`,
    expected: "finite numbers",
    next: "convert a checkpoint from before the training diverged",
  });
}
