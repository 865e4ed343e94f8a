import { readPlain } from "hyparquet/src/plain.js";
import type { ColumnDecoder, DecodedArray } from "hyparquet/src/types.js";
import type { Column } from "../../core/column.js";
import { BeyondDouble, type ColumnBuilder } from "./column-chunk.js";
import type { LogicalType } from "./logical-type.js";
import type { DataPage } from "./page.js";

/** Numbers, booleans and times of one row group, as doubles. */
export class NumberBuilder implements ColumnBuilder {
  readonly #values: Float64Array;
  readonly #decoder: ColumnDecoder;
  readonly #type: LogicalType;
  #nulls: Uint8Array | undefined;
  #dictionary: Float64Array | undefined;
  #row = 0;

  constructor(rows: number, decoder: ColumnDecoder, type: LogicalType) {
    this.#values = new Float64Array(rows);
    this.#decoder = decoder;
    this.#type = type;
  }

  dictionary(bytes: Uint8Array, count: number): void {
    this.#dictionary = this.#plain(bytes, count);
  }

  page({ rows, nulls, values }: DataPage): void {
    const numbers = this.#numbersOf(values);
    if (nulls === undefined) {
      if (numbers.length < rows) throw new RangeError("a page holds fewer values than rows");
      this.#values.set(numbers.length === rows ? numbers : numbers.subarray(0, rows), this.#row);
    } else {
      this.#nulls ??= new Uint8Array(this.#values.length);
      this.#nulls.set(nulls, this.#row);
      let next = 0;
      for (let row = 0; row < rows; row++) {
        if (nulls[row] === 0 && next >= numbers.length)
          throw new RangeError("a page holds fewer values than rows");
        this.#values[this.#row + row] = nulls[row] === 1 ? Number.NaN : (numbers[next++] ?? Number.NaN);
      }
    }
    this.#row += rows;
  }

  finish(): Column {
    return {
      kind: "number",
      values: this.#values,
      ...(this.#nulls === undefined ? {} : { nulls: this.#nulls }),
    };
  }

  #numbersOf(values: DataPage["values"]): Float64Array {
    if (values.kind === "plain") return this.#plain(values.bytes, values.count);
    if (values.kind === "decoded") return this.#converted(values.values);
    const dictionary = this.#dictionary;
    if (dictionary === undefined) throw new RangeError("dictionary codes without a dictionary");
    return Float64Array.from(values.codes, (code) => {
      if (code < 0 || code >= dictionary.length)
        throw new RangeError(`dictionary code ${code} of ${dictionary.length}`);
      return dictionary[code] ?? Number.NaN;
    });
  }

  #plain(bytes: Uint8Array, count: number): Float64Array {
    const { type, element } = this.#decoder;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8, INT96: 12 }[type as string];
    if (size === undefined) {
      if (count > bytes.length * 8) throw new RangeError(`${count} values in ${bytes.length} bytes`);
      return this.#converted(readPlain({ view, offset: 0 }, type, count, element.type_length));
    }
    if (count * size > bytes.length) throw new RangeError(`${count} values in ${bytes.length} bytes`);
    const numbers = new Float64Array(count);
    const { unsigned } = this.#type;
    for (let index = 0, at = 0; index < count; index++, at += size) {
      if (type === "INT32") numbers[index] = unsigned ? view.getUint32(at, true) : view.getInt32(at, true);
      else if (type === "FLOAT") numbers[index] = view.getFloat32(at, true);
      else if (type === "DOUBLE") numbers[index] = view.getFloat64(at, true);
      else if (type === "INT64")
        numbers[index] = this.#integer64(view.getUint32(at, true), view.getInt32(at + 4, true));
      else numbers[index] = int96Micros(view, at);
    }
    return this.#convertInPlace(numbers);
  }

  #converted(values: DecodedArray): Float64Array {
    const numbers = Float64Array.from({ length: values.length }, (_, index) => {
      const value: unknown = values[index];
      if (value instanceof Uint8Array) return this.#type.numberOfBytes?.(value) ?? Number.NaN;
      if (typeof value !== "bigint") return Number(value);
      if (this.#decoder.type === "INT96") {
        const nanos = BigInt.asIntN(64, value);
        return int96(value >> 64n, nanos);
      }
      return this.#integer64(Number(value & 0xffffffffn), Number(BigInt.asIntN(32, value >> 32n)));
    });
    return this.#convertInPlace(numbers);
  }

  #integer64(low: number, high: number): number {
    const upper = this.#type.unsigned === true ? high >>> 0 : high;
    const value = upper * 4294967296 + low;
    if (this.#type.type === "integer" && !Number.isSafeInteger(value)) throw new BeyondDouble();
    return value;
  }

  #convertInPlace(numbers: Float64Array): Float64Array {
    const { convert } = this.#type;
    if (convert !== undefined)
      numbers.forEach((value, index) => {
        numbers[index] = convert(value);
      });
    return numbers;
  }
}

/** Nanoseconds of the day and a Julian day number (Impala, Spark) -> microseconds since the epoch. */
function int96Micros(view: DataView, at: number): number {
  return int96(BigInt(view.getUint32(at + 8, true)), view.getBigInt64(at, true));
}

function int96(julianDay: bigint, nanosOfDay: bigint): number {
  return (Number(julianDay & 0xffffffffn) - 2440588) * 86_400e6 + Math.floor(Number(nanosOfDay) / 1e3);
}
