import { type Dirent, readdirSync, statSync } from "node:fs";
import { basename, join, normalize, relative, sep } from "node:path";
import { UnbatchError } from "../core/errors.js";
import { ioError } from "./io-error.js";

export interface LogFile {
  path: string;
  /** Hive keys of the folders between the path given and the file, and of the path given itself. */
  partition: Readonly<Record<string, string>>;
}

const MAX_FILES = 100_000;

/**
 * The Parquet files at and below the paths, in byte order of their paths, each once. Names that begin with `.` or `_`
 * are skipped, as Hive and Spark do; links to folders below a path are not followed, so that no day is read twice.
 * Errors: a path that is not there, a folder without Parquet files, more than 100,000 of them.
 */
export function findLogFiles(paths: readonly string[]): LogFile[] {
  const files = paths
    .map((path) => normalize(path))
    .flatMap((path) => (isFolder(path) ? below(path) : [one(path)]));
  const unique = new Map(files.map((file) => [file.path, file]));
  return [...unique.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

function one(path: string): LogFile {
  return { path, partition: partitionOf(path.split(sep).slice(0, -1)) };
}

function below(root: string): LogFile[] {
  const files = walk(root).map((path) => {
    const folders = relative(root, path).split(sep).slice(0, -1);
    return { path, partition: partitionOf([basename(root), ...folders]) };
  });
  if (files.length > 0) return files;
  throw new UnbatchError({
    where: root,
    found: "a folder without Parquet files",
    expected: "files that end in .parquet or .parq, at any depth; names that begin with . or _ are skipped",
    next: "check the path, or give the files by name",
  });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw ioError(error, path);
  }
}

function walk(root: string): string[] {
  const found: string[] = [];
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(folder)) {
      if (/^[._]/.test(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (/\.(parquet|parq)$/i.test(entry.name)) found.push(path);
    }
    if (found.length > MAX_FILES) {
      throw new UnbatchError({
        where: root,
        found: `more than ${MAX_FILES} files`,
        expected: "fewer, larger files",
        next: "give the folders of the days in question",
      });
    }
  }
  return found;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw ioError(error, folder);
  }
}

function partitionOf(folders: readonly string[]): Record<string, string> {
  const keys = folders.map((folder) => /^([^=]+)=(.*)$/.exec(folder)).filter((match) => match !== null);
  // Own properties by any name: a folder may be called __proto__=1.
  return Object.fromEntries(keys.map(([, key = "", value = ""]) => [decode(key), decode(value)]));
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
