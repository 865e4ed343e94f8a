import type { CodedNumbers, NumberColumn } from "../../core/column.js";
import { byteValues } from "./byte-values.js";
import { BeyondDouble, type ChunkType, type ColumnBuilder } from "./column-cursor.js";
import { dictionaryCodes } from "./dictionary-codes.js";
import { booleanValues, fixedValues } from "./fixed-values.js";
import type { LogicalType } from "./logical-type.js";
import type { DataPage } from "./page.js";

/** Rows of one page that are not taken yet: [from, values.length). */
interface Decoded {
  values: Float64Array;
  nulls: Uint8Array | undefined;
  coded: CodedNumbers | undefined;
  from: number;
}

/** Numbers, booleans and times of one row group, as doubles. */
export class NumberBuilder implements ColumnBuilder {
  readonly #type: ChunkType;
  #dictionary: Float64Array | undefined;
  #decoded: Decoded[] = [];
  available = 0;

  constructor(type: ChunkType) {
    this.#type = type;
  }

  dictionary(bytes: Uint8Array, count: number): void {
    this.#dictionary = decodeNumbers("PLAIN", bytes, count, this.#type);
  }

  page({ rows, nulls, encoding, bytes, count }: DataPage): void {
    const distinct = this.#dictionary;
    const codes = dictionaryCodes(encoding, bytes, count, distinct?.length);
    const numbers =
      codes === undefined || distinct === undefined
        ? decodeNumbers(encoding, bytes, count, this.#type)
        : numbersAt(distinct, codes);
    this.#decoded.push({
      values: nulls === undefined ? numbers : spread(numbers, nulls),
      nulls,
      coded: codes &&
        distinct && { distinct, codes: nulls === undefined ? codes : spreadCodes(codes, nulls) },
      from: 0,
    });
    this.available += rows;
  }

  take(rows: number): NumberColumn {
    this.available -= rows;
    const [first] = this.#decoded;
    if (first !== undefined && first.from + rows <= first.values.length) return this.#takeFrom(first, rows);
    const parts: NumberColumn[] = [];
    for (let left = rows; left > 0; ) {
      const [next] = this.#decoded;
      if (next === undefined) throw new RangeError("more rows than were decoded");
      const part = this.#takeFrom(next, Math.min(left, next.values.length - next.from));
      parts.push(part);
      left -= part.values.length;
    }
    return joinParts(parts, rows);
  }

  #takeFrom(decoded: Decoded, rows: number): NumberColumn {
    const { values, nulls, coded, from } = decoded;
    const to = from + rows;
    decoded.from = to;
    if (to === values.length) this.#decoded.shift();
    return {
      kind: "number",
      values: values.subarray(from, to),
      ...(nulls === undefined ? {} : { nulls: nulls.subarray(from, to) }),
      ...(coded === undefined ? {} : { coded: { ...coded, codes: coded.codes.subarray(from, to) } }),
    };
  }
}

/** What pages of one row group hold, one behind the other. */
function joinParts(parts: readonly NumberColumn[], rows: number): NumberColumn {
  const distinct = parts[0]?.coded?.distinct;
  const isCoded = distinct !== undefined && parts.every(({ coded }) => coded?.distinct === distinct);
  const values = new Float64Array(rows);
  const nulls = parts.some((part) => part.nulls !== undefined) ? new Uint8Array(rows) : undefined;
  const codes = isCoded ? new Int32Array(rows) : undefined;
  let at = 0;
  for (const part of parts) {
    values.set(part.values, at);
    if (part.nulls !== undefined) nulls?.set(part.nulls, at);
    if (part.coded !== undefined) codes?.set(part.coded.codes, at);
    at += part.values.length;
  }
  return {
    kind: "number",
    values,
    ...(nulls === undefined ? {} : { nulls }),
    ...(codes === undefined || distinct === undefined ? {} : { coded: { distinct, codes } }),
  };
}

function numbersAt(distinct: Float64Array, codes: Int32Array): Float64Array {
  const numbers = new Float64Array(codes.length);
  for (let index = 0; index < codes.length; index++)
    numbers[index] = distinct[codes[index] ?? 0] ?? Number.NaN;
  return numbers;
}

function spread(numbers: Float64Array, nulls: Uint8Array): Float64Array {
  const all = new Float64Array(nulls.length);
  let next = 0;
  for (let row = 0; row < nulls.length; row++)
    all[row] = nulls[row] === 1 ? Number.NaN : (numbers[next++] ?? Number.NaN);
  return all;
}

/** Codes of the rows that have a value -> of all rows, -1 where there is none. */
export function spreadCodes(codes: Int32Array, nulls: Uint8Array): Int32Array {
  const all = new Int32Array(nulls.length);
  let next = 0;
  for (let row = 0; row < nulls.length; row++) all[row] = nulls[row] === 1 ? -1 : (codes[next++] ?? -1);
  return all;
}

const WIDTHS: Readonly<Record<string, number>> = { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8, INT96: 12 };

/** Error: BeyondDouble for an integer that a double cannot hold. */
function decodeNumbers(encoding: string, bytes: Uint8Array, count: number, type: ChunkType): Float64Array {
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
