import { incomplete } from "./errors.js";
import { roomFor } from "./room.js";
import { textAt } from "./texts.js";

/** Texts one behind the other: text i is the UTF-8 bytes [ends[i - 1], ends[i]). Plain data, which threads hand over. */
export interface PackedTexts {
  bytes: Uint8Array;
  ends: Uint32Array;
}

/** Arrow counts them in 32 bits with a sign. */
const MOST_BYTES = 2 ** 31 - 1;

/** Texts that become more, as bytes: a third of what strings take, and nothing that the garbage collector walks through. */
export class TextList {
  #bytes = new Uint8Array(256);
  #ends = new Uint32Array(16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What the ends point into; another array after the next push. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  startOf(index: number): number {
    return index === 0 ? 0 : this.endOf(index - 1);
  }

  endOf(index: number): number {
    return this.#ends[index] ?? 0;
  }

  stringAt(index: number): string {
    return textAt(this.#bytes, this.startOf(index), this.endOf(index));
  }

  strings(from: number = 0): string[] {
    return Array.from({ length: this.#length - from }, (_, index) => this.stringAt(from + index));
  }

  /** Error: more than 2 GiB of texts (exit 3). */
  push(bytes: Uint8Array, start: number, end: number): void {
    const at = this.startOf(this.#length);
    const next = at + end - start;
    this.#reserve(next, this.#length + 1);
    for (let byte = start; byte < end; byte++) this.#bytes[at + byte - start] = bytes[byte] ?? 0;
    this.#ends[this.#length] = next;
    this.#length += 1;
  }

  append({ bytes, ends }: PackedTexts): void {
    const at = this.startOf(this.#length);
    this.#reserve(at + bytes.length, this.#length + ends.length);
    this.#bytes.set(bytes, at);
    for (let index = 0; index < ends.length; index++)
      this.#ends[this.#length + index] = at + (ends[index] ?? 0);
    this.#length += ends.length;
  }

  /** A copy of those from number `from` on. */
  packed(from: number = 0): PackedTexts {
    const start = this.startOf(from);
    const ends = this.#ends.slice(from, this.#length);
    for (let index = 0; index < ends.length; index++) ends[index] = (ends[index] ?? 0) - start;
    return { bytes: this.#bytes.slice(start, this.startOf(this.#length)), ends };
  }

  /** Views of all of them, which hold until more are added. */
  view(): PackedTexts {
    return {
      bytes: this.#bytes.subarray(0, this.startOf(this.#length)),
      ends: this.#ends.subarray(0, this.#length),
    };
  }

  #reserve(bytes: number, length: number): void {
    if (bytes > MOST_BYTES) throw tooManyBytes(length);
    if (bytes > this.#bytes.length) {
      const longer = new Uint8Array(Math.min(MOST_BYTES, roomFor(bytes, 1)));
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    if (length > this.#ends.length) {
      const longer = new Uint32Array(roomFor(length, 4));
      longer.set(this.#ends);
      this.#ends = longer;
    }
  }
}

export function packTexts(strings: readonly string[]): PackedTexts {
  const list = new TextList();
  const utf8 = new TextEncoder();
  for (const text of strings) {
    const bytes = utf8.encode(text);
    list.push(bytes, 0, bytes.length);
  }
  return list.packed();
}

function tooManyBytes(length: number): Error {
  return incomplete({
    found: `${length} ids of more than 2 GiB together`,
    expected: "at most 2 GiB of ids in one feature",
    next: "hash the feature: encoder: { kind: hash, buckets: … } needs no ids",
  });
}
