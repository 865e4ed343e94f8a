import { malformed } from "../malformed.js";
import { unsupported } from "../unsupported.js";

/** The bytes of a pickle, read forwards. Errors: a stream that ends early. */
export class PickleBytes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly file: string;
  #at: number;

  constructor(bytes: Uint8Array, file: string, from = 0) {
    this.#at = from;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.file = file;
  }

  /** Of the next byte. */
  get at(): number {
    return this.#at;
  }

  byte(): number {
    return this.#bytes[this.#advance(1)] ?? 0;
  }

  take(count: number): Uint8Array {
    const at = this.#advance(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** Little-endian. */
  uint(count: number): number {
    let value = 0;
    const bytes = this.take(count);
    for (let at = count - 1; at >= 0; at--) value = value * 256 + (bytes[at] ?? 0);
    return value;
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** Big-endian. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.bad("a name without an end", "a line");
    const text = this.text(end - this.#at);
    this.#at = end + 1;
    return text;
  }

  /** Two's complement, little-endian. */
  long(length: number): number | bigint {
    if (length > 16) throw this.bad(`an integer of ${length} bytes`, "at most 16");
    let value = 0n;
    const bytes = this.take(length);
    for (let at = length - 1; at >= 0; at--) value = value * 256n + BigInt(bytes[at] ?? 0);
    if (length > 0 && (bytes[length - 1] ?? 0) >= 128) value -= 1n << BigInt(8 * length);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  bad(found: string, expected: string, at: number = this.#at): Error {
    return malformed(this.file, at, found, expected);
  }

  /** Of what PyTorch saves and is not read here; `instead`: what to save in its place. */
  refused(feature: string, instead: string): Error {
    const where = `${this.file}, byte ${this.#at}`;
    return unsupported(where, feature, "dense tensors of real numbers", `save ${instead} in its place`);
  }

  #advance(count: number): number {
    const at = this.#at;
    const left = this.#bytes.length - at;
    if (count > left) throw this.bad(`${left} bytes left`, `${count} more`);
    this.#at += count;
    return at;
  }
}
