import { elementCount } from "../../../../core/tensor.js";
import { decodeValues, elementBytes } from "../../decode-values.js";
import { readFields, readSignedVarints } from "../../wire.js";
import { dtypes } from "../dtypes.js";

/** What a Const node holds. `texts` where the dtype is string, else `numbers`; row-major. */
export interface Constant {
  dtype: string;
  shape: readonly number[];
  numbers: readonly number[];
  texts: readonly string[];
}

/** Boundaries and vocabularies are smaller; a larger constant is a weight, and no preprocessing. */
const MAX_ELEMENTS = 4_000_000;
const text = new TextDecoder("utf-8", { ignoreBOM: true });

/** A last value that stands for more than this is a fill: few bytes that would become megabytes. */
const MAX_REPEATED = 65_536;

/** TensorProto (tensorflow/core/framework/tensor.proto); undefined where it is too large, or a fill. Error: RangeError for damage. */
export function readConstant(message: Uint8Array): Constant | undefined {
  let dtype = "";
  let shape: number[] = [];
  let content = new Uint8Array(0);
  const numbers: number[] = [];
  const texts: string[] = [];
  for (const field of readFields(message)) {
    if (field.number === 1 && field.kind === "varint") dtype = dtypes[field.value] ?? `type ${field.value}`;
    if (field.number === 2 && field.kind === "bytes") shape = readShape(field.bytes);
    if (field.number === 4 && field.kind === "bytes") content = new Uint8Array(field.bytes);
    if (field.number === 5 && field.kind === "bytes") append(numbers, floats("float32", field.bytes));
    if (field.number === 6 && field.kind === "bytes") append(numbers, floats("float64", field.bytes));
    if ([7, 10, 11].includes(field.number) && field.kind === "bytes")
      append(numbers, readSignedVarints(field.bytes));
    if (field.number === 8 && field.kind === "bytes") texts.push(text.decode(field.bytes));
    if (numbers.length > MAX_ELEMENTS || texts.length > MAX_ELEMENTS) return undefined;
  }
  const elements = elementCount(shape);
  if (!(elements <= MAX_ELEMENTS)) return undefined;
  const given = content.length > 0 ? elements : Math.max(numbers.length, texts.length);
  if (elements - given > MAX_REPEATED) return undefined;
  const size = elementBytes[dtype];
  if (content.length > 0) {
    if (size === undefined || content.length !== elements * size)
      throw new RangeError(`${content.length} bytes for ${dtype} [${shape.join(", ")}]`);
    return { dtype, shape, numbers: Array.from(decodeValues(dtype, content), Number), texts: [] };
  }
  return dtype === "string"
    ? { dtype, shape, numbers: [], texts: repeatLast(texts, elements, "") }
    : { dtype, shape, numbers: repeatLast(numbers, elements, 0), texts: [] };
}

/** TensorShapeProto; a size that is not known is NaN. */
export function readShape(message: Uint8Array): number[] {
  const shape: number[] = [];
  for (const field of readFields(message)) {
    if (field.number !== 2 || field.kind !== "bytes") continue;
    let size = 0;
    for (const inner of readFields(field.bytes))
      if (inner.number === 1 && inner.kind === "varint") size = inner.value;
    shape.push(size < Number.MAX_SAFE_INTEGER ? size : Number.NaN);
  }
  return shape;
}

/** Fewer values than elements: the last one stands for all that follow. */
function repeatLast<T>(values: readonly T[], elements: number, otherwise: T): T[] {
  return Array.from({ length: elements }, (_, at) => values[Math.min(at, values.length - 1)] ?? otherwise);
}

function append(numbers: number[], values: Iterable<number | bigint>): void {
  for (const value of values) numbers.push(Number(value));
}

function floats(dtype: "float32" | "float64", bytes: Uint8Array): Iterable<number | bigint> {
  if (bytes.length % (elementBytes[dtype] ?? 1) !== 0)
    throw new RangeError(`${bytes.length} bytes of ${dtype}`);
  return decodeValues(dtype, bytes);
}
