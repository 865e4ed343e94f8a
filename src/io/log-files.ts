import { readdirSync, statSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { UnbatchError } from "../core/errors.js";
import { ioError } from "./io-error.js";

export interface LogFile {
  path: string;
  /** Hive keys of the folders between the path given and the file. */
  partition: Readonly<Record<string, string>>;
}

const MAX_FILES = 100_000;

/**
 * The Parquet files at and below the paths, in byte order of their paths. Names that begin with `.` or `_` are
 * skipped, as Hive and Spark do. Errors: a path that is not there, a folder without Parquet files.
 */
export function findLogFiles(paths: readonly string[]): LogFile[] {
  const files = paths.flatMap((path) => {
    if (!isFolder(path)) return [{ path, partition: partitionOf(path) }];
    const below = walk(path).map((file) => ({
      path: file,
      partition: partitionOf(relative(path, file), basename(path)),
    }));
    if (below.length > 0) return below;
    throw new UnbatchError({
      where: path,
      found: "a folder without Parquet files",
      expected: "files that end in .parquet or .parq, at any depth",
      next: "check the path",
    });
  });
  const unique = new Map(files.map((file) => [file.path, file]));
  return [...unique.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
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
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
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

function partitionOf(path: string, ...above: string[]): Record<string, string> {
  const partition: Record<string, string> = {};
  for (const segment of [...above, ...path.split(sep).slice(0, -1)]) {
    const match = /^([A-Za-z_][\w.-]*)=(.*)$/.exec(segment);
    if (match !== null) partition[match[1] ?? ""] = decode(match[2] ?? "");
  }
  return partition;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
