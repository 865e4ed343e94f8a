import type { CodedNumbers, NumberColumn } from "../../core/column.js";
import type { ChunkType, ColumnBuilder } from "./column-cursor.js";
import { decodeNumbers } from "./decode-numbers.js";
import { dictionaryCodes } from "./dictionary-codes.js";
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
