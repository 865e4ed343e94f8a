import { closeSync, existsSync, openSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Scratch, ScratchFile } from "../core/scratch.js";
import { readExactly } from "./file-handle.js";
import { ioError } from "./io-error.js";

/**
 * Files on the disk of what is to be written at `target`, beside it. Each loses its name as soon as it is open, so that
 * the system takes it back when it is closed or the process ends: on Ctrl-C, a kill and a crash too.
 */
export function scratchBeside(target: string): Scratch {
  // Folders that are not there yet are made with the result, on the disk of the first that is.
  let folder = dirname(resolve(target));
  while (!existsSync(folder)) folder = dirname(folder);
  const path = join(folder, `${basename(target)}.scratch-${process.pid}`);
  return { create: () => within(path, () => new NamelessFile(path)) };
}

class NamelessFile implements ScratchFile {
  readonly #path: string;
  readonly #handle: number;
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
    // What a killed process of the same number left between these two lines.
    rmSync(path, { force: true });
    this.#handle = openSync(path, "wx+", 0o600);
    rmSync(path);
  }

  append(bytes: Uint8Array): void {
    within(this.#path, () => {
      for (let at = 0; at < bytes.length; )
        at += writeSync(this.#handle, bytes, at, bytes.length - at, this.#bytes + at);
    });
    this.#bytes += bytes.length;
  }

  read(from: number, length: number): Uint8Array<ArrayBuffer> {
    return within(this.#path, () => readExactly(this.#path, this.#handle, from, length));
  }

  close(): void {
    closeSync(this.#handle);
  }
}

function within<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw ioError(error, path);
  }
}
