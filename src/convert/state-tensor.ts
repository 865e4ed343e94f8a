import type { Precision } from "../core/model-spec.js";
import type { Tensor } from "../core/tensor.js";
import type { StateArray } from "../model/optimizers/optimizer.js";
import { asFloat32 } from "./overflow.js";

/** The values themselves, [rows, width], or rounded. Error, at `where`: numbers that float32 cannot hold. */
export function atPrecision(
  where: string,
  width: number,
  values: StateArray,
  precision: Precision,
): StateArray {
  return precision === "float32" && values instanceof Float64Array ? asFloat32(where, width, values) : values;
}

/** A tensor of the online model, [rows, width], at its precision. `source`: the tensor it is made of, for messages. */
export function stateTensor(
  name: string,
  width: number,
  values: StateArray,
  precision: Precision,
  source = "",
): Tensor {
  const where = source === "" ? `table ${name}` : `table ${name} (of ${source})`;
  const rounded = atPrecision(where, width, values, precision);
  return { name, shape: [values.length / width, width], dtype: precision, values: () => rounded };
}
