import type { ByteSource, FileTree } from "../../src/core/bytes.js";
import { incomplete } from "../../src/core/errors.js";

/** Files in memory, at a path as a user would give it: as strict about ranges and names as the ones on disk. */
export function memoryTree(path: string, files: Readonly<Record<string, Uint8Array>>): FileTree {
  return {
    path,
    list: () => Object.keys(files),
    open(name) {
      const bytes = files[name];
      if (bytes === undefined) throw incomplete({ where: path, found: `no file ${name}` });
      return memoryBytes(name, bytes);
    },
  };
}

export function memoryBytes(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.length,
    read(offset, length) {
      if (offset >= 0 && length >= 0 && offset + length <= bytes.length)
        return bytes.slice(offset, offset + length);
      throw incomplete({ where: name, found: `bytes ${offset} to ${offset + length} of ${bytes.length}` });
    },
  };
}
