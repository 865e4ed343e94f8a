import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import type { ByteSource, FileTree } from "../core/bytes.js";
import { incomplete, UnbatchError } from "../core/errors.js";
import { ioError } from "./io-error.js";

const MAX_FILES = 10_000;

/**
 * The files of a checkpoint. A folder is rooted at itself. A file, or a prefix such as `dir/model.ckpt-1000`, is rooted
 * at its folder, and `path` stays what the user gave; only files that share its name up to the first dot after the
 * prefix, and the folder's own JSON companions, are listed, so that a stranger's folder is not walked.
 */
export function openTree(path: string): FileTree {
  const kind = kindOf(path);
  if (kind === "folder") return treeOf(path, path, walk(path));
  const folder = dirname(path);
  const stem = basename(path).replace(/\.(index|meta)$/, "");
  const siblings = kindOf(folder) === "folder" ? readdirSync(folder) : [];
  const names = siblings.filter(
    (name) => name === basename(path) || name.startsWith(`${stem}.`) || isCompanion(name),
  );
  if (kind === "missing" && !names.some((name) => name.startsWith(`${stem}.`))) {
    throw new UnbatchError({
      where: path,
      found: "no such file or folder",
      expected: "a checkpoint file, folder or prefix (model.ckpt-1000)",
      next: "check the path",
    });
  }
  return treeOf(
    path,
    folder,
    names.filter((name) => kindOf(join(folder, name)) === "file"),
  );
}

/** The bytes of one file. Errors: not there, larger than `maxBytes`. */
export function readWhole(path: string, maxBytes: number): Uint8Array {
  try {
    const { size } = statSync(path);
    if (size > maxBytes) {
      throw new UnbatchError({
        where: path,
        found: `${size} bytes`,
        expected: `at most ${maxBytes}`,
        next: "check the path",
      });
    }
    return readFileSync(path);
  } catch (error) {
    throw ioError(error, path);
  }
}

/** Random access to one file; the handle is held only while a range is read. */
export function openBytes(path: string): ByteSource {
  const handle = open(path);
  const { size } = fstatSync(handle);
  closeSync(handle);
  return {
    name: path,
    size,
    read(offset, length) {
      if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
        throw incomplete({
          where: path,
          found: `bytes ${offset} to ${offset + length} asked for in a file of ${size}`,
          expected: "a whole file",
          next: "copy or save the file again",
        });
      }
      const bytes = new Uint8Array(length);
      const own = open(path);
      try {
        for (let filled = 0; filled < length; ) filled += readSome(own, bytes, filled, offset, path);
      } finally {
        closeSync(own);
      }
      return bytes;
    },
  };
}

function readSome(handle: number, bytes: Uint8Array, filled: number, offset: number, path: string): number {
  const read = readSync(handle, bytes, filled, bytes.length - filled, offset + filled);
  if (read > 0) return read;
  throw incomplete({
    where: path,
    found: "the file became shorter while it was read",
    next: "run the command again",
  });
}

function open(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw ioError(error, path);
  }
}

export function kindOf(path: string): "file" | "folder" | "missing" {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "missing" : stats.isDirectory() ? "folder" : "file";
}

function isCompanion(name: string): boolean {
  return (
    name === "golden.json" || name === "golden.parquet" || name === "vocab.json" || name === "checkpoint"
  );
}

function walk(root: string): string[] {
  const names: string[] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(name);
      else names.push(name);
    }
    if (names.length > MAX_FILES) {
      throw new UnbatchError({
        where: root,
        found: `more than ${MAX_FILES} files`,
        expected: "the folder of one checkpoint",
        next: "give the checkpoint's own folder",
      });
    }
  }
  return names.sort();
}

function treeOf(path: string, root: string, names: readonly string[]): FileTree {
  const known = new Set(names);
  return {
    path,
    list: () => names,
    open(name) {
      if (!known.has(name)) {
        throw new UnbatchError({
          where: path,
          found: `no file ${name}`,
          expected: names.slice(0, 20).join(", "),
        });
      }
      const file = join(root, name);
      const real = realpathSync(file);
      const inside = realpathSync(root);
      if (real !== inside && !real.startsWith(inside + sep)) {
        throw new UnbatchError({
          where: file,
          found: "a link that leads out of the checkpoint's folder",
          expected: "files inside it",
          next: "copy the file into the folder",
        });
      }
      return openBytes(file);
    },
  };
}
