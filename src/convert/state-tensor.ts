import type { Precision } from "../core/model-spec.js";
import type { Tensor } from "../core/tensor.js";
import { asFloat32 } from "./overflow.js";

/** A tensor of the online model, [rows, width], at its precision. */
export function stateTensor(name: string, width: number, values: Float64Array, precision: Precision): Tensor {
  const rounded = precision === "float32" ? asFloat32(name, values) : values;
  return { name, shape: [values.length / width, width], dtype: precision, values: () => rounded };
}
