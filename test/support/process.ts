import { spawn } from "node:child_process";
import { resolve } from "node:path";

/** Tests and npm's scripts run in the package's folder. */
const BIN = resolve("bin/unbatch.js");

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the built command as a user would: a process of its own. */
export function unbatch(args: readonly string[], cwd?: string): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
}
