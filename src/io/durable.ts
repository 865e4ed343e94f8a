import { closeSync, constants, fsyncSync, mkdirSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, normalize, sep } from "node:path";
import { UnbatchError } from "../core/errors.js";

/** A file: its bytes, or parts of them that are made as they are written. */
export type Content = Uint8Array | Iterable<Uint8Array>;

/** Puts one file of the folder that is being written; names may have folders in them, but not lead out. */
export type PutFile = (name: string, content: Content) => void;

/** No more is written at once: Node takes less than 2 GiB. */
const WRITE_BYTES = 2 ** 26;

/** Error: a name that leads out of the folder, or is none. */
export function putInto(folder: string, name: string, content: Content): void {
  const path = normalize(join(folder, name));
  if (
    isAbsolute(name) ||
    name.includes("\0") ||
    !path.startsWith(normalize(folder) + sep) ||
    path.endsWith(sep)
  ) {
    throw new UnbatchError({
      where: folder,
      found: `the name ${JSON.stringify(name)} for a file in it`,
      expected: "a name that stays inside the folder",
      next: "rename the feature or policy that the file is called after",
    });
  }
  mkdirSync(dirname(path), { recursive: true });
  const handle = openSync(path, "w");
  try {
    for (const part of content instanceof Uint8Array ? [content] : content)
      for (let at = 0; at < part.length; at += WRITE_BYTES)
        writeFileSync(handle, part.subarray(at, at + WRITE_BYTES));
  } finally {
    closeSync(handle);
  }
}

/** Every file and folder at and below the path, so that the rename that follows cannot be on disk before they are. */
export function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else if (entry.isFile()) syncFile(path);
  }
  syncFolder(folder);
}

export function syncFile(path: string): void {
  const handle = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Some file systems do not sync folders; the files themselves are safe all the same. */
export function syncFolder(path: string): void {
  try {
    syncFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EINVAL" && code !== "EISDIR" && code !== "EPERM" && code !== "EACCES" && code !== "ENOTSUP")
      throw error;
  }
}
