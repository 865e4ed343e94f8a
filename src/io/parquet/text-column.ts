import { isAscii, isUtf8 } from "node:buffer";
import type { TextColumn } from "../../core/column.js";
import { joinTexts, Texts } from "../../core/texts.js";
import { type ByteValues, byteValues } from "./byte-values.js";
import type { ChunkType, ColumnBuilder } from "./column-cursor.js";
import { dictionaryCodes } from "./dictionary-codes.js";
import { fixedValues } from "./fixed-values.js";
import { spreadCodes } from "./number-column.js";
import type { DataPage } from "./page.js";

/** Rows of one page that are not taken yet: [from, codes.length) point at the page's texts. */
interface Decoded {
  texts: Texts;
  codes: Int32Array;
  from: number;
}

/** Texts of one row group: those of a dictionary once, others as they come. Also integers that a double cannot hold. */
export class TextBuilder implements ColumnBuilder {
  readonly #type: ChunkType;
  #dictionary: Texts | undefined;
  #decoded: Decoded[] = [];
  available = 0;

  constructor(type: ChunkType) {
    this.#type = type;
  }

  dictionary(bytes: Uint8Array, count: number): void {
    this.#dictionary = this.#textsOf("PLAIN", bytes, count);
  }

  page({ rows, nulls, encoding, bytes, count }: DataPage): void {
    const ofDictionary = dictionaryCodes(encoding, bytes, count, this.#dictionary?.length);
    const texts = ofDictionary === undefined ? this.#textsOf(encoding, bytes, count) : this.#dictionary;
    if (texts === undefined) throw new RangeError("dictionary codes without a dictionary");
    const codes = ofDictionary ?? oneEach(texts.length);
    this.#decoded.push({ texts, codes: nulls === undefined ? codes : spreadCodes(codes, nulls), from: 0 });
    this.available += rows;
  }

  take(rows: number): TextColumn {
    this.available -= rows;
    const parts: { texts: Texts; codes: Int32Array }[] = [];
    for (let left = rows; left > 0; ) {
      const [first] = this.#decoded;
      if (first === undefined) throw new RangeError("more rows than were decoded");
      const to = Math.min(first.codes.length, first.from + left);
      parts.push({ texts: first.texts, codes: first.codes.subarray(first.from, to) });
      left -= to - first.from;
      first.from = to;
      if (to === first.codes.length) this.#decoded.shift();
    }
    return joinParts(parts, rows);
  }

  #textsOf(encoding: string, bytes: Uint8Array, count: number): Texts {
    const { physical, typeLength, logical } = this.#type;
    if (physical === "INT64") return textsOfStrings(integersOf(encoding, bytes, count, logical.unsigned));
    const values = byteValues(encoding, bytes, count, typeLength);
    const { textOfBytes } = logical;
    if (textOfBytes === undefined) return checkUtf8(values);
    const strings = Array.from(values.starts, (start, index) =>
      textOfBytes(values.bytes.subarray(start, values.ends[index])),
    );
    return textsOfStrings(strings);
  }
}

function joinParts(parts: readonly { texts: Texts; codes: Int32Array }[], rows: number): TextColumn {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return textColumn(first.texts, first.codes);
  const lists = [...new Set(parts.map(({ texts }) => texts))];
  const codes = new Int32Array(rows);
  let at = 0;
  for (const part of parts) {
    let base = 0;
    for (const list of lists.slice(0, lists.indexOf(part.texts))) base += list.length;
    if (base === 0) codes.set(part.codes, at);
    else for (let row = 0; row < part.codes.length; row++) codes[at + row] = shifted(part.codes[row], base);
    at += part.codes.length;
  }
  const [only] = lists;
  return textColumn(only !== undefined && lists.length === 1 ? only : joinTexts(lists), codes);
}

function shifted(code: number | undefined, base: number): number {
  return code === undefined || code < 0 ? -1 : code + base;
}

export function textColumn(texts: Texts, codes: Int32Array): TextColumn {
  return {
    kind: "text",
    get distinct() {
      return texts.strings;
    },
    codes,
    texts,
  };
}

export function textsOfStrings(strings: readonly string[]): Texts {
  const parts = strings.map((text) => Buffer.from(text));
  const ends = new Int32Array(parts.length);
  let end = 0;
  parts.forEach((part, index) => {
    end += part.length;
    ends[index] = end;
  });
  return new Texts(
    Buffer.concat(parts),
    ends.map((value, index) => value - (parts[index]?.length ?? 0)),
    ends,
  );
}

function oneEach(length: number): Int32Array {
  const codes = new Int32Array(length);
  for (let index = 0; index < length; index++) codes[index] = index;
  return codes;
}

/** Error: RangeError with the first bytes of a text that is not UTF-8. */
function checkUtf8({ bytes, starts, ends }: ByteValues): Texts {
  // Of PLAIN the lengths of short texts are ASCII too, so one look is mostly enough.
  if (!isAscii(bytes)) {
    for (let index = 0; index < starts.length; index++) {
      const text = bytes.subarray(starts[index], ends[index]);
      if (!isUtf8(text)) throw notUtf8(text);
    }
  }
  return new Texts(bytes, starts, ends);
}

function notUtf8(text: Uint8Array): RangeError {
  const head = Buffer.from(text.subarray(0, 16)).toString("hex");
  return new RangeError(
    `a text of ${text.length} bytes that is not UTF-8 (${head}${text.length > 16 ? "..." : ""})`,
  );
}

function integersOf(encoding: string, bytes: Uint8Array, count: number, unsigned = false): string[] {
  const plain = fixedValues(encoding, bytes, count, 8);
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  return Array.from({ length: count }, (_, index) =>
    String(unsigned ? view.getBigUint64(index * 8, true) : view.getBigInt64(index * 8, true)),
  );
}
