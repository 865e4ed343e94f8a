import type { LogSource } from "./column.js";

/** Random access to the bytes of one file. `read` throws an UnbatchError when the range is not inside the file. */
export interface ByteSource {
  readonly name: string;
  readonly size: number;
  read(offset: number, length: number): Uint8Array;
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
