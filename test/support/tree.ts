import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ByteSource, FileTree } from "../../src/core/bytes.js";
import type { LogSource } from "../../src/core/column.js";
import { incomplete } from "../../src/core/errors.js";
import { openLog } from "../../src/io/log-source.js";

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
    openParquet: async (names) =>
      await openWritten(names.map((name) => [name, files[name] ?? new Uint8Array(0)])),
  };
}

/** Parquet is read from disk: the files are there until their rows were read, or could not be. */
async function openWritten(files: readonly (readonly [string, Uint8Array])[]): Promise<LogSource> {
  const folder = mkdtempSync(join(tmpdir(), "unbatch-test-"));
  const remove = (): void => rmSync(folder, { recursive: true });
  const paths = files.map(([name, bytes]) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return path;
  });
  try {
    const log = await openLog(paths);
    return {
      describe: log.describe,
      async *read(columns, options) {
        try {
          yield* log.read(columns, options);
        } finally {
          remove();
        }
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
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
