import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { incomplete, UnbatchError } from "../core/errors.js";
import { ioError } from "./io-error.js";

/** Opens a regular file for the time of `use`. Errors: not there, no permission, a folder, a pipe or a device. */
export function withFile<T>(path: string, use: (handle: number) => T): T {
  let handle: number | undefined;
  try {
    // Without O_NONBLOCK, opening a pipe waits for its writer for ever.
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(handle);
    if (!stats.isFile()) throw notRegular(path, stats.isDirectory());
    return use(handle);
  } catch (error) {
    throw ioError(error, path);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** The system reads less than 2 GB at a time. */
const MAX_READ_BYTES = 2 ** 30;

/** Bytes [from, from + length). Error: the file is shorter than it was (exit 3). The caller bounds `length`. */
export function readExactly(
  path: string,
  handle: number,
  from: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const read = readSync(handle, bytes, filled, Math.min(MAX_READ_BYTES, length - filled), from + filled);
    if (read === 0) {
      throw incomplete({
        where: path,
        found: `the file ends at byte ${from + filled}`,
        expected: `${length} bytes from byte ${from}: it became shorter while it was read`,
        next: "run the command again once the file is whole",
      });
    }
    filled += read;
  }
  return bytes;
}

function notRegular(path: string, isFolder: boolean): UnbatchError {
  return new UnbatchError({
    where: path,
    found: isFolder ? "a folder" : "a pipe or a device",
    expected: "a file",
    next: isFolder ? "give a file in it" : "write it to a file first",
  });
}
