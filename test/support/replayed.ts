import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ReplayResult } from "../../src/replay/replay-result.js";
import { parseDocument } from "./documents.js";

export interface ReplayedRun {
  result: ReplayResult;
  state: Buffer;
}

/** What `replay` said, and the state that it left. @param done runs a command, which must succeed: its stdout. */
export async function replayedRun(
  done: (...args: string[]) => Promise<string>,
  { model, log, out }: { model: string; log: string; out: string },
  ...options: string[]
): Promise<ReplayedRun> {
  const stdout = await done("replay", model, log, "--out", out, "--json", "--quiet", ...options);
  const result = parseDocument(stdout, "replay") as unknown as ReplayResult;
  return { result, state: readFileSync(join(out, "model", "state.safetensors")) };
}
