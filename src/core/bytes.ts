import type { LogSource } from "./column.js";

/** Random access to the bytes of one file. `read` throws an UnbatchError when the range is not inside the file. */
export interface ByteSource {
  readonly name: string;
  readonly size: number;
  read(offset: number, length: number): Uint8Array;
}

/** A file that is held in memory. Error: TypeError where a range is asked for that is not inside it. */
export function bytesInMemory(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.length,
    read(offset, length) {
      if (offset < 0 || offset + length > bytes.length) throw new TypeError(`a range outside of ${name}`);
      return bytes.slice(offset, offset + length);
    },
  };
}

/** The files below one path, for formats that span several. Names are relative, with `/`; never outside the folder. */
export interface FileTree {
  /** The path as the user gave it. */
  readonly path: string;
  /** Relative names of all files at or below the path; [""] when the path itself is a file. */
  list(): readonly string[];
  open(name: string): ByteSource;
  /** Parquet files among them as one table. Errors: as a log's. */
  openParquet(names: readonly string[]): Promise<LogSource>;
}

/** Bytes of one file that are read at once, where all of them are read. */
const STRETCH_BYTES = 2 ** 22;

/** Bytes [from, to) of a file, in stretches. */
export function* byteStretches(
  source: ByteSource,
  from: number = 0,
  to: number = source.size,
): Generator<Uint8Array> {
  for (let at = from; at < to; at += STRETCH_BYTES) yield source.read(at, Math.min(STRETCH_BYTES, to - at));
}

/** Parts, one behind the other; each is copied before the next is asked for. */
export function collectBytes(parts: Iterable<Uint8Array>): Uint8Array {
  const copies = Array.from(parts, (part) => part.slice());
  const joined = new Uint8Array(copies.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const copy of copies) {
    joined.set(copy, at);
    at += copy.length;
  }
  return joined;
}
