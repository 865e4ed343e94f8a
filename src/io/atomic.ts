import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, type Stats, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UnbatchError } from "../core/errors.js";
import { type PutFile, putInto, syncFile, syncFolder, syncTree } from "./durable.js";
import { ioError } from "./io-error.js";
import { removedOnSignal, signalsHandled } from "./on-signal.js";

/**
 * Writes a folder whole or not at all: under a temporary name beside it, fsynced, then renamed. An error or a signal
 * removes what was written; an old folder that `force` replaces stays until the new one is there.
 * Errors: the target exists (without `force`) or is a file, a full disk (exit 3), no permission.
 */
export async function writeFolder(
  target: string,
  options: { force: boolean },
  write: (put: PutFile, folder: string) => Promise<void>,
): Promise<void> {
  const path = resolve(target);
  refuseExisting(target, options.force);
  refuseKind(target, "folder");
  const partial = partialOf(path);
  await removedOnFailure(target, partial, async () => {
    mkdirSync(dirname(path), { recursive: true });
    mkdirSync(partial);
    await write((name, bytes) => putInto(partial, name, bytes), partial);
    syncTree(partial);
    // The target may have appeared while the folder was written.
    refuseExisting(target, options.force);
    replaceFolder(partial, path);
    syncFolder(dirname(path));
  });
}

/** The same for one file: its bytes, or what `write` puts at the temporary path. */
export async function writeFile(
  target: string,
  options: { force: boolean },
  content: Uint8Array | ((path: string) => Promise<void> | void),
): Promise<void> {
  const path = resolve(target);
  refuseExisting(target, options.force);
  refuseKind(target, "file");
  const partial = partialOf(path);
  await removedOnFailure(target, partial, async () => {
    mkdirSync(dirname(path), { recursive: true });
    if (content instanceof Uint8Array) writeFileSync(partial, content, { flag: "wx" });
    else await content(partial);
    syncFile(partial);
    refuseExisting(target, options.force);
    renameSync(partial, path);
    syncFolder(dirname(path));
  });
}

/** Refused before any work is done, so that a long run does not end in vain. */
export function refuseExisting(target: string, force: boolean): void {
  if (force || statsOf(target) === undefined) return;
  throw new UnbatchError({
    where: target,
    found: "it exists already",
    expected: "a name that is free",
    next: "choose another --out, or replace it with --force",
  });
}

/** --force replaces like with like: a log's folder named by mistake is not removed for one file. */
function refuseKind(target: string, wanted: "file" | "folder"): void {
  const stats = statsOf(target);
  if (stats === undefined || stats.isSymbolicLink() || stats.isDirectory() === (wanted === "folder")) return;
  throw new UnbatchError({
    where: target,
    found: `a ${wanted === "folder" ? "file" : "folder"}`,
    expected: `a ${wanted} to replace, or a name that is free`,
    next: "choose another --out",
  });
}

/** Of a link, not of what it leads to. Error: the path leads through a file. */
function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw ioError(error, path);
  }
}

function partialOf(path: string): string {
  return `${path}.partial-${process.pid}`;
}

async function removedOnFailure(target: string, partial: string, work: () => Promise<void>): Promise<void> {
  const remove = (): void => rmSync(partial, { recursive: true, force: true });
  const release = removedOnSignal(remove);
  try {
    // What a killed process of the same number left must not end up in the new folder.
    remove();
    await work();
  } catch (error) {
    remove();
    throw ioError(error, target);
  } finally {
    await signalsHandled();
    release();
  }
}

/** A rename cannot replace a folder that holds files: the old one is moved aside before, and back if that fails. */
function replaceFolder(partial: string, path: string): void {
  if (!existsSync(path)) {
    renameSync(partial, path);
    return;
  }
  const aside = `${path}.replaced-${process.pid}`;
  rmSync(aside, { recursive: true, force: true });
  renameSync(path, aside);
  try {
    renameSync(partial, path);
  } catch (error) {
    renameSync(aside, path);
    throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}
