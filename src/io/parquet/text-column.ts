import { readPlain } from "hyparquet/src/plain.js";
import type { ColumnDecoder, DecodedArray } from "hyparquet/src/types.js";
import type { Column } from "../../core/column.js";
import type { ColumnBuilder } from "./column-chunk.js";
import type { LogicalType } from "./logical-type.js";
import type { DataPage } from "./page.js";

/** Texts of one row group: each distinct one is decoded once where the pages have a dictionary. */
export class TextBuilder implements ColumnBuilder {
  readonly #codes: Int32Array;
  readonly #distinct: string[] = [];
  readonly #codeOf = new Map<string, number>();
  readonly #decoder: ColumnDecoder;
  readonly #type: LogicalType;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #dictionary: Int32Array | undefined;
  #row = 0;

  constructor(rows: number, decoder: ColumnDecoder, type: LogicalType) {
    this.#codes = new Int32Array(rows);
    this.#decoder = decoder;
    this.#type = type;
  }

  dictionary(bytes: Uint8Array, count: number): void {
    this.#dictionary = this.#plainCodes(bytes, count);
  }

  page({ rows, nulls, values }: DataPage): void {
    const codes = this.#codesOf(values);
    let next = 0;
    for (let row = 0; row < rows; row++) {
      const isNull = nulls !== undefined && nulls[row] === 1;
      if (!isNull && next >= codes.length) throw new RangeError("a page holds fewer values than rows");
      this.#codes[this.#row + row] = isNull ? -1 : (codes[next++] ?? -1);
    }
    this.#row += rows;
  }

  finish(): Column {
    return { kind: "text", distinct: this.#distinct, codes: this.#codes };
  }

  #codesOf(values: DataPage["values"]): Int32Array {
    if (values.kind === "plain") return this.#plainCodes(values.bytes, values.count);
    if (values.kind === "decoded") return this.#decodedCodes(values.values);
    const dictionary = this.#dictionary;
    if (dictionary === undefined) throw new RangeError("dictionary codes without a dictionary");
    return values.codes.map((code) => {
      const own = dictionary[code];
      if (own === undefined) throw new RangeError(`dictionary code ${code} of ${dictionary.length}`);
      return own;
    });
  }

  #plainCodes(bytes: Uint8Array, count: number): Int32Array {
    if (this.#decoder.type !== "BYTE_ARRAY") {
      const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
      return this.#decodedCodes(
        readPlain(reader, this.#decoder.type, count, this.#decoder.element.type_length),
      );
    }
    if (count * 4 > bytes.length) throw new RangeError(`${count} texts in ${bytes.length} bytes`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const codes = new Int32Array(count);
    let position = 0;
    for (let index = 0; index < count; index++) {
      const length = view.getUint32(position, true);
      position += 4;
      if (position + length > bytes.length) throw new RangeError(`a text of ${length} bytes`);
      codes[index] = this.#codeOfBytes(bytes.subarray(position, position + length));
      position += length;
    }
    return codes;
  }

  #decodedCodes(values: DecodedArray): Int32Array {
    return Int32Array.from({ length: values.length }, (_, index) => {
      const value: unknown = values[index];
      return value instanceof Uint8Array ? this.#codeOfBytes(value) : this.#code(this.#digits(value));
    });
  }

  /** Integers beyond 2^53 in decimal digits, unsigned where the type is. */
  #digits(value: unknown): string {
    if (typeof value === "bigint" && this.#type.unsigned === true) return String(BigInt.asUintN(64, value));
    return String(value);
  }

  #codeOfBytes(bytes: Uint8Array): number {
    return this.#code(this.#type.textOfBytes?.(bytes) ?? this.#utf8.decode(bytes));
  }

  #code(text: string): number {
    const known = this.#codeOf.get(text);
    if (known !== undefined) return known;
    const code = this.#distinct.push(text) - 1;
    this.#codeOf.set(text, code);
    return code;
  }
}
