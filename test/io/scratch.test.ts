import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { scratchBeside } from "../../src/io/scratch.js";
import { temporaryFolder } from "../support/cli.js";

const folder = temporaryFolder();
const DIST = pathToFileURL(join(import.meta.dirname, "../../dist/io/scratch.js")).href;

/** A process that makes a file and then does this with it. */
function script(then: string): string {
  const out = JSON.stringify(join(folder, "run"));
  return `const { scratchBeside } = await import(${JSON.stringify(DIST)});
const file = scratchBeside(${out}).create();
${then}`;
}

describe("a scratch file", () => {
  it("gives back what was written, and has no name while it is open", () => {
    const scratch = scratchBeside(join(folder, "not/there/yet/run"));
    const [one, two] = [scratch.create(), scratch.create()];
    one.append(Uint8Array.of(1, 2, 3));
    two.append(Uint8Array.of(9));
    one.append(Uint8Array.of(4, 5));
    expect(one.read(1, 3)).toEqual(Uint8Array.of(2, 3, 4));
    expect(one.read(0, 5)).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
    expect(two.read(0, 1)).toEqual(Uint8Array.of(9));
    expect(readdirSync(folder)).toEqual([]);
    expect(() => two.read(0, 2)).toThrow(/run\.scratch-\d+: the file ends at byte 1/);
    one.close();
    two.close();
  });

  it("is gone after a kill", () => {
    const code = script('file.append(new Uint8Array(1e6)); process.kill(process.pid, "SIGKILL");');
    const { signal } = spawnSync(process.execPath, ["--input-type=module", "-e", code]);
    expect(signal).toBe("SIGKILL");
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(process.platform === "win32")("names its path where the disk takes no more: exit 3", () => {
    const code = script(`
try { for (let at = 0; at < 9; at++) file.append(new Uint8Array(1e6)); console.log("all of it"); }
catch (error) { console.log(JSON.stringify({ ...error.parts, code: error.exitCode })); }`);
    const command = 'ulimit -f 2048; exec "$0" --input-type=module -e "$1"';
    const text = execFileSync("sh", ["-c", command, process.execPath, code], { encoding: "utf8" });
    const { where, found, code: exitCode } = JSON.parse(text) as Record<string, unknown>;
    expect([exitCode, found]).toEqual([3, "a file larger than the system lets it be"]);
    expect(where).toMatch(/run\.scratch-\d+$/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is refused with its path where there is no place for it", () => {
    const scratch = scratchBeside("/dev/null/run");
    expect(() => scratch.create()).toThrow(/run\.scratch-\d+: a file where the path needs a folder/);
  });
});
