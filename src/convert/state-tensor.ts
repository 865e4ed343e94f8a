import type { Precision } from "../core/model-spec.js";
import type { Tensor } from "../core/tensor.js";
import { asFloat32 } from "./overflow.js";

/**
 * A tensor of the online model, [rows, width], at its precision. `source`: the tensor it is made of, for messages.
 * Error: a number that float32 cannot hold.
 */
export function stateTensor(
  name: string,
  width: number,
  values: Float64Array,
  precision: Precision,
  source = "",
): Tensor {
  const where = source === "" ? `table ${name}` : `table ${name} (of ${source})`;
  const rounded = precision === "float32" ? asFloat32(where, width, values) : values;
  return { name, shape: [values.length / width, width], dtype: precision, values: () => rounded };
}
