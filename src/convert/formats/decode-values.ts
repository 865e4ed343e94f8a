import type { TensorValues } from "../../core/tensor.js";
import { bfloat16, float16 } from "./small-floats.js";

/** Element types that can be read, and their sizes in bytes. */
export const elementBytes: Readonly<Record<string, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Little-endian elements of a type of `elementBytes` -> numbers. `bytes` holds a whole number of them. */
export function decodeValues(dtype: string, bytes: Uint8Array): TensorValues {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length / (elementBytes[dtype] ?? 1);
  const at = (index: number): number => index * (elementBytes[dtype] ?? 1);
  switch (dtype) {
    case "float64":
      return Float64Array.from({ length: count }, (_, index) => view.getFloat64(at(index), true));
    case "float32":
      return Float32Array.from({ length: count }, (_, index) => view.getFloat32(at(index), true));
    case "float16":
      return Float32Array.from({ length: count }, (_, index) => float16(view.getUint16(at(index), true)));
    case "bfloat16":
      return Float32Array.from({ length: count }, (_, index) => bfloat16(view.getUint16(at(index), true)));
    case "int64":
      return BigInt64Array.from({ length: count }, (_, index) => view.getBigInt64(at(index), true));
    case "int32":
      return Int32Array.from({ length: count }, (_, index) => view.getInt32(at(index), true));
    case "int16":
      return Int32Array.from({ length: count }, (_, index) => view.getInt16(at(index), true));
    case "int8":
      return Int32Array.from({ length: count }, (_, index) => view.getInt8(at(index)));
    default:
      return bytes.slice();
  }
}
