import { byteValues } from "./byte-values.js";
import { BeyondDouble, type ChunkType } from "./column-cursor.js";
import { booleanValues, fixedValues } from "./fixed-values.js";
import type { LogicalType } from "./logical-type.js";

const WIDTHS: Readonly<Record<string, number>> = { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8, INT96: 12 };

/** Error: BeyondDouble for an integer that a double cannot hold. */
export function decodeNumbers(
  encoding: string,
  bytes: Uint8Array,
  count: number,
  type: ChunkType,
): Float64Array {
  const { physical, logical, typeLength } = type;
  if (physical === "BOOLEAN") return Float64Array.from(booleanValues(encoding, bytes, count));
  const { numberOfBytes, convert } = logical;
  if (numberOfBytes !== undefined) {
    const { bytes: all, starts, ends } = byteValues(encoding, bytes, count, typeLength);
    const numbers = new Float64Array(count);
    for (let index = 0; index < count; index++)
      numbers[index] = numberOfBytes(all.subarray(starts[index], ends[index]));
    return numbers;
  }
  const width = WIDTHS[physical];
  if (width === undefined) throw new RangeError(`numbers in ${physical}`);
  const plain = fixedValues(encoding, bytes, count, width);
  // Doubles lie in the page as they lie in memory.
  if (physical === "DOUBLE" && convert === undefined)
    return new Float64Array(plain.slice(0, count * 8).buffer, 0, count);
  if (physical === "INT64" && convert === undefined && logical.ofHalves === undefined && !logical.unsigned)
    return signedIntegers(plain.slice(0, count * 8), logical.type === "integer");
  const numbers = new Float64Array(count);
  fill(numbers, new DataView(plain.buffer, plain.byteOffset, plain.byteLength), physical, logical);
  if (convert !== undefined)
    for (let index = 0; index < count; index++) numbers[index] = convert(numbers[index] ?? 0);
  return numbers;
}

function fill(numbers: Float64Array, view: DataView, physical: string, logical: LogicalType): void {
  const count = numbers.length;
  const unsigned = logical.unsigned === true;
  if (physical === "FLOAT") for (let i = 0; i < count; i++) numbers[i] = view.getFloat32(i * 4, true);
  else if (physical === "DOUBLE") for (let i = 0; i < count; i++) numbers[i] = view.getFloat64(i * 8, true);
  else if (physical === "INT32" && unsigned)
    for (let i = 0; i < count; i++) numbers[i] = view.getUint32(i * 4, true);
  else if (physical === "INT32") for (let i = 0; i < count; i++) numbers[i] = view.getInt32(i * 4, true);
  else if (physical === "INT96") for (let i = 0; i < count; i++) numbers[i] = int96Micros(view, i * 12);
  else {
    const ofHalves = logical.ofHalves ?? halvesToNumber(logical);
    for (let i = 0; i < count; i++)
      numbers[i] = ofHalves(view.getUint32(i * 8, true), view.getInt32(i * 8 + 4, true));
  }
}

/** The same as `fill`, several times faster. @param bytes a buffer of their own. */
function signedIntegers(bytes: Uint8Array, isExact: boolean): Float64Array {
  const words = new Int32Array(bytes.buffer);
  const numbers = new Float64Array(words.length / 2);
  for (let index = 0; index < numbers.length; index++)
    numbers[index] = (words[2 * index + 1] ?? 0) * 4294967296 + ((words[2 * index] ?? 0) >>> 0);
  if (isExact && !numbers.every((value) => Math.abs(value) <= Number.MAX_SAFE_INTEGER))
    throw new BeyondDouble();
  return numbers;
}

/** Ids must be exact; times and decimals may round in their last digit. */
function halvesToNumber({ type, unsigned }: LogicalType): (low: number, high: number) => number {
  const isExact = type === "integer";
  return (low, high) => {
    const value = (unsigned === true ? high >>> 0 : high) * 4294967296 + low;
    if (isExact && !Number.isSafeInteger(value)) throw new BeyondDouble();
    return value;
  };
}

/** Nanoseconds of the day, then a Julian day number (Impala, Spark) -> microseconds since the epoch. */
function int96Micros(view: DataView, at: number): number {
  const nanosOfDay = view.getInt32(at + 4, true) * 4294967296 + view.getUint32(at, true);
  return (view.getUint32(at + 8, true) - 2440588) * 86_400e6 + Math.floor(nanosOfDay / 1e3);
}
