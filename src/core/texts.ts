const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SHORT_BYTES = 64;

/**
 * Texts as a file has them: text i is the UTF-8 bytes [starts[i], ends[i]). Strings are made of them when somebody asks.
 * Columns that share a dictionary share the object, so that work per distinct text is done once for all of them.
 */
export class Texts {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  #strings: readonly string[] | undefined;

  /** The caller has seen to it that the bytes are UTF-8. */
  constructor(bytes: Uint8Array, starts: Int32Array, ends: Int32Array) {
    this.bytes = bytes;
    this.starts = starts;
    this.ends = ends;
  }

  get length(): number {
    return this.starts.length;
  }

  get strings(): readonly string[] {
    this.#strings ??= Array.from(this.starts, (_, index) => this.stringAt(index));
    return this.#strings;
  }

  stringAt(index: number): string {
    return textAt(this.bytes, this.starts[index] ?? 0, this.ends[index] ?? 0);
  }
}

/** A string of UTF-8 bytes [start, end). */
export function textAt(bytes: Uint8Array, start: number, end: number): string {
  let at = start;
  while (at < end && (bytes[at] ?? 128) < 128) at++;
  // Most ids are short and ASCII, which is faster to make a string of.
  if (at === end && end - start <= SHORT_BYTES) return String.fromCharCode(...bytes.subarray(start, end));
  return utf8.decode(bytes.subarray(start, end));
}

/** One list of the texts of several. */
export function joinTexts(parts: readonly Texts[]): Texts {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.bytes.length, 0));
  const count = parts.reduce((sum, part) => sum + part.length, 0);
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  let byte = 0;
  let at = 0;
  for (const part of parts) {
    bytes.set(part.bytes, byte);
    for (let index = 0; index < part.length; index++, at++) {
      starts[at] = byte + (part.starts[index] ?? 0);
      ends[at] = byte + (part.ends[index] ?? 0);
    }
    byte += part.bytes.length;
  }
  return new Texts(bytes, starts, ends);
}
