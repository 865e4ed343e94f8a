import type { FileTree } from "../../../core/bytes.js";
import { elementCount, type Tensor, type TensorValues } from "../../../core/tensor.js";
import { decodeValues, elementBytes } from "../decode-values.js";
import { type OnnxFile, textOf } from "./message.js";

/** TensorProto.DataType (onnx/onnx.proto). */
const dtypes: ReadonlyMap<number, string> = new Map([
  [1, "float32"],
  [2, "uint8"],
  [3, "int8"],
  [4, "uint16"],
  [5, "int16"],
  [6, "int32"],
  [7, "int64"],
  [9, "bool"],
  [10, "float16"],
  [11, "float64"],
  [12, "uint32"],
  [16, "bfloat16"],
]);
/** Numbers of these types stand in int32_data, one each, where there is no raw_data. */
const IN_INT32 = /^(u?int(8|16|32)|bool|b?float16)$/;
const EXTERNAL = 1;
const MAX_AXES = 64;

export interface OnnxTensor {
  name: string;
  shape: number[];
  dtype: string;
  /** Undefined for a type that is not read: text, complex, four bits. */
  tensor: Tensor | undefined;
}

interface Parts {
  name: string;
  shape: number[];
  type: number;
  raw: Uint8Array | undefined;
  floats: Uint8Array[];
  doubles: Uint8Array[];
  integers: Uint8Array[];
  /** Numbers written one by one: old writers do not pack them. */
  single: number[];
  external: Map<string, string> | undefined;
}

/**
 * A TensorProto. Values are read on demand; external data only from the model's own folder.
 * Errors: data of another length than the shape, a location that leads out of the folder.
 */
export function readTensorProto(message: Uint8Array, file: OnnxFile, tree: FileTree): OnnxTensor {
  const parts = partsOf(message, file);
  const { name, shape, type, external } = parts;
  const dtype = dtypes.get(type);
  if (dtype === undefined) return { name, shape, dtype: `type ${type}`, tensor: undefined };
  const elements = elementCount(shape);
  const bytes = elements * (elementBytes[dtype] ?? 1);
  if (shape.length > MAX_AXES || !Number.isSafeInteger(bytes))
    throw file.bad(
      message,
      `${name}: ${dtype} [${shape.slice(0, 8).join(", ")}]`,
      "a shape that fits a file",
    );
  const read =
    external === undefined
      ? ownData(parts, dtype, elements, message, file)
      : externalData(parts.name, external, dtype, bytes, { message, file, tree });
  return { name, shape, dtype, tensor: { name, shape, dtype, values: read } };
}

function partsOf(message: Uint8Array, file: OnnxFile): Parts {
  const parts: Parts = {
    name: "",
    shape: [],
    type: 0,
    raw: undefined,
    floats: [],
    doubles: [],
    integers: [],
    single: [],
    external: undefined,
  };
  let location = 0;
  const entries = new Map<string, string>();
  for (const field of file.fields(message)) {
    if (field.kind === "varint") {
      if (field.number === 1) parts.shape.push(field.value);
      if (field.number === 2) parts.type = field.value;
      if (field.number === 5 || field.number === 7) parts.single.push(field.value);
      if (field.number === 14) location = field.value;
    } else if (field.kind === "fixed32" && field.number === 4) {
      parts.single.push(new Float32Array(Uint32Array.of(field.value).buffer)[0] ?? 0);
    } else if (field.kind === "bytes") {
      if (field.number === 1) for (const size of file.numbers(field.bytes)) parts.shape.push(Number(size));
      if (field.number === 4) parts.floats.push(field.bytes);
      if (field.number === 5 || field.number === 7) parts.integers.push(field.bytes);
      if (field.number === 8) parts.name = textOf(field.bytes);
      if (field.number === 9) parts.raw = field.bytes;
      if (field.number === 10) parts.doubles.push(field.bytes);
      if (field.number === 13) addEntry(field.bytes, file, entries);
    }
  }
  if (location === EXTERNAL) parts.external = entries;
  if (parts.shape.some((size) => !Number.isSafeInteger(size) || size < 0))
    throw file.bad(
      message,
      `${parts.name}: a size of ${parts.shape.slice(0, 8).join(", ")}`,
      "natural numbers",
    );
  return parts;
}

function addEntry(message: Uint8Array, file: OnnxFile, entries: Map<string, string>): void {
  const [key, value] = [1, 2].map((number) => {
    for (const field of file.fields(message))
      if (field.number === number && field.kind === "bytes") return textOf(field.bytes);
    return "";
  });
  entries.set(key ?? "", value ?? "");
}

function ownData(
  { name, raw, floats, doubles, integers, single }: Parts,
  dtype: string,
  elements: number,
  message: Uint8Array,
  file: OnnxFile,
): () => TensorValues {
  const size = elementBytes[dtype] ?? 1;
  const expect = (found: number, unit: string): void => {
    if (found !== elements)
      throw file.bad(message, `${name}: ${found} ${unit}`, `${elements}, as its shape says`);
  };
  const joined =
    dtype === "float32" ? joinBytes(floats) : dtype === "float64" ? joinBytes(doubles) : undefined;
  if (raw !== undefined || (joined !== undefined && joined.length > 0)) {
    const data = raw ?? joined ?? new Uint8Array(0);
    expect(data.length / size, `elements of ${dtype}`);
    return () => decodeValues(dtype, data);
  }
  const numbers = [...integers.flatMap((bytes) => file.numbers(bytes)), ...single.map(bigOrNumber)];
  expect(numbers.length, "numbers");
  if (dtype === "int64")
    return () => BigInt64Array.from(numbers, (value) => BigInt.asIntN(64, BigInt(value)));
  if (!IN_INT32.test(dtype)) return () => decodeValues(dtype, floatBytes(dtype, numbers));
  return () => decodeValues(dtype, integerBytes(size, numbers));
}

function bigOrNumber(value: number): bigint | number {
  return Number.isSafeInteger(value) ? BigInt(value) : value;
}

function integerBytes(size: number, numbers: readonly (bigint | number)[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(numbers.length * size));
  numbers.forEach((value, at) => {
    const bits = Number(BigInt.asUintN(8 * size, BigInt(value)));
    if (size === 4) view.setUint32(4 * at, bits, true);
    else if (size === 2) view.setUint16(2 * at, bits, true);
    else view.setUint8(at, bits);
  });
  return new Uint8Array(view.buffer);
}

function floatBytes(dtype: string, numbers: readonly (bigint | number)[]): Uint8Array {
  const values = numbers.map(Number);
  return new Uint8Array((dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values)).buffer);
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function externalData(
  name: string,
  entries: ReadonlyMap<string, string>,
  dtype: string,
  bytes: number,
  { message, file, tree }: { message: Uint8Array; file: OnnxFile; tree: FileTree },
): () => TensorValues {
  const location = entries.get("location") ?? "";
  const parts = location.split("/");
  if (location === "" || /[\\\0]/.test(location) || parts.some((part) => ["", ".", ".."].includes(part)))
    throw file.bad(
      message,
      `${name}: data at ${JSON.stringify(location.slice(0, 80))}`,
      "a file beside the model",
    );
  const source = tree.open(location);
  const offset = Number(entries.get("offset") ?? "0");
  const length = Number(entries.get("length") ?? bytes);
  if (!Number.isSafeInteger(offset) || offset < 0 || length !== bytes || offset + bytes > source.size)
    throw file.bad(
      message,
      `${name}: ${length} bytes from ${offset} of ${location}`,
      `${bytes} inside its ${source.size}`,
    );
  return () => decodeValues(dtype, source.read(offset, bytes));
}
