import type { Column } from "../../core/column.js";
import { byteValues } from "./byte-values.js";
import type { ChunkType, ColumnBuilder } from "./column-chunk.js";
import { dictionaryCodes } from "./dictionary-codes.js";
import { fixedValues } from "./fixed-values.js";
import type { DataPage } from "./page.js";

/** Texts longer than this are decoded at once; shorter ones are mostly ASCII, which is faster to look through. */
const SHORT_BYTES = 64;

/** Texts of one row group, each distinct one once. Also integers that a double cannot hold, in decimal digits. */
export class TextBuilder implements ColumnBuilder {
  readonly #codes: Int32Array;
  readonly #distinct: string[] = [];
  readonly #codeOf = new Map<string, number>();
  readonly #type: ChunkType;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #dictionary: Int32Array | undefined;
  #row = 0;

  constructor(rows: number, type: ChunkType) {
    this.#codes = new Int32Array(rows);
    this.#type = type;
  }

  dictionary(bytes: Uint8Array, count: number): void {
    this.#dictionary = this.#decode("PLAIN", bytes, count);
  }

  page({ rows, nulls, encoding, bytes, count }: DataPage): void {
    const codes = this.#codesOf(encoding, bytes, count);
    if (nulls === undefined) {
      this.#codes.set(codes, this.#row);
    } else {
      let next = 0;
      for (let row = 0; row < rows; row++) {
        this.#codes[this.#row + row] = nulls[row] === 1 ? -1 : (codes[next++] ?? -1);
      }
    }
    this.#row += rows;
  }

  finish(): Column {
    return { kind: "text", distinct: this.#distinct, codes: this.#codes };
  }

  #codesOf(encoding: string, bytes: Uint8Array, count: number): Int32Array {
    const dictionary = this.#dictionary;
    const codes = dictionaryCodes(encoding, bytes, count, dictionary?.length);
    if (codes === undefined) return this.#decode(encoding, bytes, count);
    // A dictionary may hold a text twice, so its codes are not ours.
    for (let index = 0; index < count; index++) codes[index] = dictionary?.[codes[index] ?? 0] ?? -1;
    return codes;
  }

  #decode(encoding: string, bytes: Uint8Array, count: number): Int32Array {
    const { physical, typeLength } = this.#type;
    if (physical === "INT64") return this.#decodeIntegers(encoding, bytes, count);
    const { bytes: all, starts, ends } = byteValues(encoding, bytes, count, typeLength);
    const buffer = Buffer.from(all.buffer, all.byteOffset, all.length);
    const codes = new Int32Array(count);
    for (let index = 0; index < count; index++) {
      codes[index] = this.#code(this.#text(buffer, starts[index] ?? 0, ends[index] ?? 0));
    }
    return codes;
  }

  #decodeIntegers(encoding: string, bytes: Uint8Array, count: number): Int32Array {
    const plain = fixedValues(encoding, bytes, count, 8);
    const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
    const unsigned = this.#type.logical.unsigned === true;
    const codes = new Int32Array(count);
    for (let index = 0; index < count; index++) {
      const value = unsigned ? view.getBigUint64(index * 8, true) : view.getBigInt64(index * 8, true);
      codes[index] = this.#code(String(value));
    }
    return codes;
  }

  #text(buffer: Buffer, start: number, end: number): string {
    const { textOfBytes } = this.#type.logical;
    if (textOfBytes !== undefined) return textOfBytes(buffer.subarray(start, end));
    if (end - start <= SHORT_BYTES) {
      let at = start;
      while (at < end && (buffer[at] ?? 128) < 128) at += 1;
      if (at === end) return buffer.toString("latin1", start, end);
    }
    try {
      return this.#utf8.decode(buffer.subarray(start, end));
    } catch {
      const head = buffer.toString("hex", start, Math.min(end, start + 16));
      throw new RangeError(
        `a text of ${end - start} bytes that is not UTF-8 (${head}${end - start > 16 ? "..." : ""})`,
      );
    }
  }

  #code(text: string): number {
    const known = this.#codeOf.get(text);
    if (known !== undefined) return known;
    const code = this.#distinct.push(text) - 1;
    this.#codeOf.set(text, code);
    return code;
  }
}
