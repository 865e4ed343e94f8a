import type { StateArray } from "./optimizers/optimizer.js";

/** Numbers [rows, width] with a row every `stride` numbers. */
export interface Strided {
  values: StateArray;
  stride: number;
}

/** Copies rows, and leaves what lies between them. */
export function copyRows(from: Strided, to: Strided, rows: number, width: number): void {
  if (from.stride === width && to.stride === width) {
    to.values.set(from.values.subarray(0, rows * width));
    return;
  }
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < width; k++) to.values[row * to.stride + k] = from.values[row * from.stride + k] ?? 0;
  }
}
