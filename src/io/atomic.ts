import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { UnbatchError } from "../core/errors.js";
import { ioError } from "./io-error.js";

/** Puts one file of the folder that is being written; names may have folders in them, but not lead out. */
export type PutFile = (name: string, bytes: Uint8Array) => void;

const cleanups = new Set<() => void>();
let watching = false;

/**
 * Writes a folder whole or not at all: under a temporary name beside it, fsynced, then renamed. An error or a signal
 * removes what was written. Errors: the target exists (without `force`), a full disk (exit 3), no permission.
 */
export async function writeFolder(
  target: string,
  options: { force: boolean },
  write: (put: PutFile, folder: string) => Promise<void>,
): Promise<void> {
  refuseExisting(target, options.force);
  const partial = `${stripSlash(target)}.partial-${process.pid}`;
  await guarded(
    target,
    () => rmSync(partial, { recursive: true, force: true }),
    async () => {
      mkdirSync(partial, { recursive: true });
      await write((name, bytes) => putFile(partial, name, bytes), partial);
      syncFolder(partial);
      replace(partial, stripSlash(target));
    },
  );
}

/** The same for one file. `write` gets the temporary path. */
export async function writeFile(
  target: string,
  options: { force: boolean },
  write: (path: string) => Promise<void> | void,
): Promise<void> {
  refuseExisting(target, options.force);
  const partial = `${target}.partial-${process.pid}`;
  await guarded(
    target,
    () => rmSync(partial, { force: true }),
    async () => {
      mkdirSync(dirname(target), { recursive: true });
      await write(partial);
      syncFile(partial);
      replace(partial, target);
    },
  );
}

/** Refused before any work is done, so that a long run does not end in vain. */
export function refuseExisting(target: string, force: boolean): void {
  if (force || !existsSync(target)) return;
  throw new UnbatchError({
    where: target,
    found: "it exists already",
    expected: "a name that is free",
    next: "choose another --out, or replace it with --force",
  });
}

async function guarded(target: string, cleanup: () => void, work: () => Promise<void>): Promise<void> {
  cleanups.add(cleanup);
  watchSignals();
  try {
    await work();
  } catch (error) {
    attempt(cleanup);
    throw ioError(error, target);
  } finally {
    cleanups.delete(cleanup);
  }
}

/** A cleanup that fails must not hide why it was needed. */
function attempt(cleanup: () => void): void {
  try {
    cleanup();
  } catch {
    // the first error is the one to report
  }
}

/** Ctrl-C leaves the old state: what is half-written is removed, then the process ends as the signal would have it. */
function watchSignals(): void {
  if (watching) return;
  watching = true;
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => {
      for (const cleanup of cleanups) attempt(cleanup);
      process.exit(code);
    });
  }
}

function putFile(folder: string, name: string, bytes: Uint8Array): void {
  const path = normalize(join(folder, name));
  if (!path.startsWith(normalize(folder) + sep)) throw new TypeError(`${name} leads out of the folder`);
  mkdirSync(dirname(path), { recursive: true });
  const handle = openSync(path, "w");
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(handle, bytes, written);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The old folder is moved aside before and removed after, so that a crash in between leaves one of the two. */
function replace(partial: string, target: string): void {
  if (!existsSync(target)) {
    renameSync(partial, target);
  } else {
    const aside = `${target}.replaced-${process.pid}`;
    renameSync(target, aside);
    try {
      renameSync(partial, target);
    } catch (error) {
      renameSync(aside, target);
      throw error;
    }
    rmSync(aside, { recursive: true, force: true });
  }
  syncFolder(dirname(target));
}

function syncFile(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Some file systems do not sync folders: the files themselves are safe all the same. */
function syncFolder(path: string): void {
  try {
    syncFile(path);
  } catch {
    // nothing to do
  }
}

function stripSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}
