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
  uint32: 4,
  int16: 2,
  uint16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/**
 * Little-endian elements of a type of `elementBytes` -> numbers. `bytes` holds a whole number of them. Bytes that have a
 * buffer of their own, as those just read from a file, are taken over and not copied: tables are gigabytes.
 */
export function decodeValues(dtype: string, bytes: Uint8Array): TensorValues {
  const same = sameForm(dtype, bytes);
  if (same !== undefined) return same;
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
    case "uint16":
      return Int32Array.from({ length: count }, (_, index) => view.getUint16(at(index), true));
    case "uint32":
      return Float64Array.from({ length: count }, (_, index) => view.getUint32(at(index), true));
    case "int8":
      return Int32Array.from({ length: count }, (_, index) => view.getInt8(at(index)));
    default:
      return bytes.slice();
  }
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Types that the machine holds as the file does. */
function sameForm(dtype: string, bytes: Uint8Array): TensorValues | undefined {
  if (!isLittleEndian) return undefined;
  switch (dtype) {
    case "float64":
      return new Float64Array(aligned(bytes));
    case "float32":
      return new Float32Array(aligned(bytes));
    case "int64":
      return new BigInt64Array(aligned(bytes));
    case "int32":
      return new Int32Array(aligned(bytes));
    default:
      return undefined;
  }
}

function aligned(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) return buffer;
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}
