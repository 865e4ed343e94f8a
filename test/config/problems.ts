import { parseConfig } from "../../src/config/load.js";
import { UnbatchError } from "../../src/core/errors.js";

/** What parseConfig says is wrong; fails when it says nothing. */
export function messageOf(text: string): string {
  try {
    parseConfig(text, "unbatch.yaml");
  } catch (error) {
    if (!(error instanceof UnbatchError)) throw error;
    return error.parts.found;
  }
  throw new Error("the file was accepted");
}

/** One line a problem, without their count. */
export function messagesOf(text: string): string[] {
  const lines = messageOf(text).split("\n");
  const problems = /^\d+ problems$/.test(lines[0] ?? "") ? lines.slice(1) : lines;
  return problems.map((line) => line.trim());
}
