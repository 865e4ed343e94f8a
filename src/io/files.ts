import { fstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import type { ByteSource, FileTree } from "../core/bytes.js";
import { incomplete, UnbatchError } from "../core/errors.js";
import { readExactly, withFile } from "./file-handle.js";
import { ioError } from "./io-error.js";

const MAX_FILES = 10_000;

/** Files that belong to the checkpoint beside them whatever it is called. */
const COMPANIONS: ReadonlySet<string> = new Set([
  "golden.json",
  "golden.parquet",
  "vocab.json",
  "checkpoint",
]);

/** What a checkpoint may read beside it without its being listed: no file can ask for a key or a document. */
const WEIGHTS = /\.(bin|safetensors|data|onnx_data|weights?)$|(^|\/)group\d+-shard\d+of\d+$/i;

/**
 * The files of a checkpoint. A folder is rooted at itself and lists all files below it. A file, or a prefix such as
 * `dir/model.ckpt-1000` (with or without `.index`), is rooted at its folder, so that the files beside it can be opened,
 * but lists only itself, the files named `<stem>.…`, and the companions golden.json, golden.parquet, vocab.json and
 * checkpoint; `path` stays what the user gave. Links to files are listed, and refused on opening when they lead outside;
 * links to folders are not followed. Errors: nothing there, more than 10,000 files.
 */
export function openTree(path: string): FileTree {
  const kind = kindOf(path);
  if (kind === "folder") return treeOf(path, path, filesBelow(path));
  const folder = dirname(path);
  const given = basename(path);
  const stem = given.replace(/\.(index|meta|data-\d+-of-\d+)$/, "");
  const siblings = kindOf(folder) === "folder" ? filesIn(folder) : [];
  const own = siblings.filter((name) => name === given || name.startsWith(`${stem}.`));
  if (kind === "missing" && own.length === 0) {
    throw new UnbatchError({
      where: path,
      found: "no such file or folder",
      expected: "a file, a folder, or a checkpoint's prefix (model.ckpt-1000)",
      next: "check the path",
    });
  }
  return treeOf(path, folder, [
    ...own,
    ...siblings.filter((name) => COMPANIONS.has(name) && !own.includes(name)),
  ]);
}

/** The bytes of one file. Errors: not there, not a file, larger than `maxBytes`. */
export function readWhole(path: string, maxBytes: number): Uint8Array {
  return withFile(path, (handle) => {
    const { size } = fstatSync(handle);
    if (size <= maxBytes) return readExactly(path, handle, 0, size);
    throw new UnbatchError({
      where: path,
      found: `${size} bytes`,
      expected: `at most ${maxBytes}`,
      next: "check that this is the right file",
    });
  });
}

/** Random access to one file, which is open only while a range is read. */
export function openBytes(path: string): ByteSource {
  const size = withFile(path, (handle) => fstatSync(handle).size);
  return {
    name: path,
    size,
    read(offset, length) {
      if (offset >= 0 && length >= 0 && offset + length <= size) {
        return withFile(path, (handle) => readExactly(path, handle, offset, length));
      }
      throw incomplete({
        where: path,
        found: `bytes ${offset} to ${offset + length} asked for in a file of ${size}`,
        expected: "a whole file",
        next: "copy or save the file again",
      });
    },
  };
}

/** Anything that is not a folder counts as a file; opening a pipe or a device is an error then. */
export function kindOf(path: string): "file" | "folder" | "missing" {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? "missing" : stats.isDirectory() ? "folder" : "file";
  } catch (error) {
    throw ioError(error, path);
  }
}

function filesIn(folder: string): string[] {
  return entriesOf(folder).flatMap(({ name, isFile }) => (isFile ? [name] : []));
}

function filesBelow(root: string): string[] {
  const names: string[] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(join(root, folder))) {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isFile) names.push(name);
      else if (entry.isFolder) folders.push(name);
    }
    if (names.length + folders.length > MAX_FILES) {
      throw new UnbatchError({
        where: root,
        found: `more than ${MAX_FILES} files`,
        expected: "the folder of one checkpoint",
        next: "give the checkpoint's own folder, or its file",
      });
    }
  }
  return names.sort();
}

/** Links count as what they lead to, except that a folder behind a link is neither. */
function entriesOf(folder: string): { name: string; isFile: boolean; isFolder: boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      isFile: entry.isFile() || (entry.isSymbolicLink() && kindOf(join(folder, entry.name)) === "file"),
      isFolder: entry.isDirectory(),
    }));
  } catch (error) {
    throw ioError(error, folder);
  }
}

function treeOf(path: string, root: string, names: readonly string[]): FileTree {
  const known = new Set(names);
  return {
    path,
    list: () => names,
    open: (name) => openBytes(pathOf(name)),
    async openParquet(names) {
      const { openLog } = await import("./log-source.js");
      return await openLog(names.map(pathOf));
    },
  };

  function pathOf(name: string): string {
    // A file may name shards or external data beside it, which are listed only for a folder.
    if (!known.has(name) && !isWeightsBelow(root, name)) {
      throw new UnbatchError({
        where: path,
        found: `no file ${JSON.stringify(name)}`,
        expected: `one of ${names.slice(0, 20).join(", ")}${names.length > 20 ? ", ..." : ""}`,
        next: "check that the checkpoint was copied whole",
      });
    }
    return inside(root, name);
  }
}

/** A plain relative name, of a kind that holds weights, that is there; where links lead is for `inside` to check. */
function isWeightsBelow(root: string, name: string): boolean {
  const parts = name.split("/");
  const isPlain = parts.every((part) => part !== "" && part !== "." && part !== ".." && !/[\\\0]/.test(part));
  return isPlain && WEIGHTS.test(name) && kindOf(join(root, name)) === "file";
}

function inside(root: string, name: string): string {
  const file = join(root, name);
  const [real, folder] = [realPath(file), realPath(root)];
  if (real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return file;
  throw new UnbatchError({
    where: file,
    found: `a link to ${real}, outside of the checkpoint's folder`,
    expected: "files inside it",
    next: "copy the file into the folder",
  });
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw ioError(error, path);
  }
}
