import type { Precision } from "../core/model-spec.js";
import type { Tensor } from "../core/tensor.js";

/** A tensor of the online model, [rows, width], at its precision. */
export function stateTensor(name: string, width: number, values: Float64Array, precision: Precision): Tensor {
  const rounded = precision === "float32" ? Float32Array.from(values) : values;
  return { name, shape: [values.length / width, width], dtype: precision, values: () => rounded };
}
