import type { Precision } from "../core/model-spec.js";
import type { Tensor } from "../core/tensor.js";
import type { StateArray } from "../model/optimizers/optimizer.js";
import { asFloat32 } from "./overflow.js";

/** The values themselves, or rounded. Error: numbers that float32 cannot hold. */
export function atPrecision(name: string, values: StateArray, precision: Precision): StateArray {
  return precision === "float32" && values instanceof Float64Array ? asFloat32(name, values) : values;
}

/** A tensor of the online model, [rows, width], at its precision. */
export function stateTensor(name: string, width: number, values: StateArray, precision: Precision): Tensor {
  const rounded = atPrecision(name, values, precision);
  return { name, shape: [values.length / width, width], dtype: precision, values: () => rounded };
}
