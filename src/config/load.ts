import { type Document, LineCounter, parseDocument, type YAMLParseError } from "yaml";
import { UnbatchError } from "../core/errors.js";
import { checkReferences } from "./check.js";
import type { Config } from "./config.js";
import { problemsOf } from "./issues.js";
import { place, positionOf } from "./position.js";
import type { Problem } from "./problem.js";
import { configSchema } from "./schema.js";

/** Larger files are not configurations. */
const MAX_CHARACTERS = 1_000_000;

/**
 * unbatch.yaml -> Config. Every problem of the file is reported at once, in the order of its lines: the shape, the
 * label rule, and names that other parts do not have. Error: the problems, each with its line, what was found and what
 * was expected.
 */
export function parseConfig(text: string, where: string): Config {
  if (text.length > MAX_CHARACTERS)
    throw problemError(where, [`found ${text.length} characters; expected at most ${MAX_CHARACTERS}`]);
  const lines = new LineCounter();
  // Tags are not resolved to anything but plain values; an unknown one leaves the text that it stands before.
  const document = parseDocument(text, {
    lineCounter: lines,
    strict: true,
    uniqueKeys: true,
    logLevel: "error",
  });
  if (document.errors.length > 0)
    throw problemError(
      where,
      document.errors.map((error) => syntaxMessage(error, lines)),
    );
  const value = toValue(document, where);
  if (value === null || value === undefined)
    throw problemError(where, ["found an empty file; expected version: 1, log and more"]);
  const parsed = configSchema.safeParse(value, { reportInput: true });
  const shape = parsed.success ? [] : problemsOf(parsed.error.issues, value);
  const problems = [...shape, ...checkReferences(value)];
  if (parsed.success && problems.length === 0) return parsed.data;
  throw problemError(where, messagesOf(problems, document, lines));
}

function syntaxMessage(error: YAMLParseError, lines: LineCounter): string {
  const { line, column } = place(lines, error.pos[0]);
  const first = error.message.split("\n")[0] ?? "";
  return `line ${line}:${column}: ${first.replace(/ at line \d+, column \d+:?$/, "")}`;
}

function toValue(document: Document, where: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw problemError(where, [error instanceof Error ? error.message : String(error)]);
  }
}

function messagesOf(problems: readonly Problem[], document: Document, lines: LineCounter): string[] {
  const located = problems.map((problem) => ({ ...problem, ...positionOf(document, lines, problem) }));
  located.sort((a, b) => a.line - b.line || a.column - b.column);
  const messages = located.map(
    ({ line, column, path, found, expected }) =>
      `line ${line}:${column}: ${path.join(".") || "the file"}: found ${found}; expected ${expected}`,
  );
  return [...new Set(messages)];
}

function problemError(where: string, messages: readonly string[]): UnbatchError {
  return new UnbatchError({
    where,
    found:
      messages.length === 1
        ? (messages[0] ?? "")
        : `${messages.length} problems\n    ${messages.join("\n    ")}`,
    next: "correct the file; docs/unbatch-yaml.md explains every key",
  });
}
