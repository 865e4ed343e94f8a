import { run } from "../../src/cli.js";
import type { Finished } from "./cli.js";

/**
 * Runs a command line in this process, as `unbatch` does in one of its own: for tests of many inputs, where starting a
 * process each would be most of the time. One at a time.
 */
export async function inProcess(args: readonly string[]): Promise<Finished> {
  process.stdout.setMaxListeners(0);
  const written = { stdout: "", stderr: "" };
  const restore = (["stdout", "stderr"] as const).map((name) => {
    const stream = process[name];
    const { write } = stream;
    stream.write = (text: string | Uint8Array): boolean => {
      written[name] += typeof text === "string" ? text : new TextDecoder().decode(text);
      return true;
    };
    return () => {
      stream.write = write;
    };
  });
  try {
    return { code: await run(args), ...written };
  } finally {
    for (const undo of restore) undo();
  }
}
