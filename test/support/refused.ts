import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { inProcess } from "./in-process.js";

let made = 0;

/** Files of a checkpoint, by their names inside of a folder of their own; the folder, or the one file. */
export function written(folder: string, files: Record<string, Uint8Array | string>): string {
  made += 1;
  const place = join(folder, `checkpoint-${made}`);
  const names = Object.keys(files);
  for (const name of names) {
    mkdirSync(dirname(join(place, name)), { recursive: true });
    writeFileSync(join(place, name), files[name] ?? "");
  }
  return names.length === 1 ? join(place, names[0] ?? "") : place;
}

/** What `unbatch convert` says of bad input: exit code 2, one error, and nothing written. */
export async function refusedConversion(
  folder: string,
  checkpoint: string,
  yaml: string,
  ...options: string[]
): Promise<string> {
  made += 1;
  const [config, out] = [join(folder, `unbatch-${made}.yaml`), join(folder, `model-${made}`)];
  writeFileSync(config, `version: 1\nlog: { time: at, label: clicked == 1 }\n${yaml}\n`);
  const { code, stderr } = await inProcess([
    ...["convert", checkpoint, "--config", config, "--out", out, "--quiet"],
    ...options,
  ]);
  expect(code, stderr).toBe(2);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(existsSync(out)).toBe(false);
  return stderr;
}
