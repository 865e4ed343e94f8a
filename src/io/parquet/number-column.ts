import type { CodedNumbers, NumberColumn } from "../../core/column.js";
import { joinCodes, joinMarks, joinNumbers } from "../../core/gather.js";
import type { ChunkType, ColumnBuilder } from "./column-cursor.js";
import { decodeNumbers } from "./decode-numbers.js";
import { dictionaryCodes } from "./dictionary-codes.js";
import type { DataPage } from "./page.js";

interface Part {
  column: NumberColumn;
  rows: number;
}

/** Rows of one page, those of [from, rows) not taken yet. */
interface Decoded extends Part {
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
    this.#decoded.push({
      column:
        codes === undefined || distinct === undefined
          ? plainColumn(decodeNumbers(encoding, bytes, count, this.#type), nulls)
          : codedColumn({ distinct, codes: nulls === undefined ? codes : spreadCodes(codes, nulls) }, nulls),
      ...{ rows, from: 0 },
    });
    this.available += rows;
  }

  take(rows: number): NumberColumn {
    this.available -= rows;
    const [first] = this.#decoded;
    if (first !== undefined && first.from + rows <= first.rows) return this.#takeFrom(first, rows);
    const parts: Part[] = [];
    for (let left = rows; left > 0; ) {
      const [next] = this.#decoded;
      if (next === undefined) throw new RangeError("more rows than were decoded");
      const taken = Math.min(left, next.rows - next.from);
      parts.push({ column: this.#takeFrom(next, taken), rows: taken });
      left -= taken;
    }
    return joinParts(parts);
  }

  #takeFrom(decoded: Decoded, rows: number): NumberColumn {
    const { from } = decoded;
    const to = from + rows;
    decoded.from = to;
    if (to === decoded.rows) this.#decoded.shift();
    const { coded, nulls } = decoded.column;
    const ownNulls = nulls?.subarray(from, to);
    if (coded !== undefined)
      return codedColumn({ ...coded, codes: coded.codes.subarray(from, to) }, ownNulls);
    return { kind: "number", values: decoded.column.values.subarray(from, to), ...nullsOf(ownNulls) };
  }
}

/** What pages of one row group hold, one behind the other. */
function joinParts(parts: readonly Part[]): NumberColumn {
  const columns = parts.map(({ column }) => column);
  const nulls = columns.some((column) => column.nulls !== undefined)
    ? joinMarks(parts.map(({ column, rows }) => column.nulls ?? new Uint8Array(rows)))
    : undefined;
  const distinct = columns[0]?.coded?.distinct;
  const codes = columns.flatMap(({ coded }) => (coded?.distinct === distinct ? (coded?.codes ?? []) : []));
  if (distinct !== undefined && codes.length === columns.length)
    return codedColumn({ distinct, codes: joinCodes(codes) }, nulls);
  return { kind: "number", values: joinNumbers(columns.map(({ values }) => values)), ...nullsOf(nulls) };
}

function plainColumn(numbers: Float64Array, nulls: Uint8Array | undefined): NumberColumn {
  return {
    kind: "number",
    values: nulls === undefined ? numbers : spread(numbers, nulls),
    ...nullsOf(nulls),
  };
}

/** Its values are looked up when they are asked for, and kept: who encodes ids reads the codes. */
function codedColumn(coded: CodedNumbers, nulls: Uint8Array | undefined): NumberColumn {
  let values: Float64Array | undefined;
  return {
    kind: "number",
    get values() {
      values ??= numbersAt(coded);
      return values;
    },
    coded,
    ...nullsOf(nulls),
  };
}

function nullsOf(nulls: Uint8Array | undefined): Pick<NumberColumn, "nulls"> {
  return nulls === undefined ? {} : { nulls };
}

function numbersAt({ distinct, codes }: CodedNumbers): Float64Array {
  const numbers = new Float64Array(codes.length);
  for (let index = 0; index < codes.length; index++)
    numbers[index] = distinct[codes[index] ?? -1] ?? Number.NaN;
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
