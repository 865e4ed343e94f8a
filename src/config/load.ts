import { type Document, isMap, isNode, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { UnbatchError } from "../core/errors.js";
import { nearestName } from "../core/nearest.js";
import { checkReferences, type Problem } from "./check.js";
import type { Config } from "./config.js";
import { parseLabelRule } from "./label-rule.js";
import { configSchema } from "./schema.js";

/** Larger files are not configurations. */
const MAX_BYTES = 1_000_000;

/**
 * unbatch.yaml -> Config. Every problem of the file is reported at once, each with its line, what was found and what
 * was expected.
 */
export function parseConfig(text: string, where: string): Config {
  if (text.length > MAX_BYTES)
    throw problemError(where, [`${text.length} bytes; expected at most ${MAX_BYTES}`]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  if (document.errors.length > 0) {
    const messages = document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return `line ${line}:${col}: ${error.message.split("\n")[0] ?? ""}`;
    });
    throw problemError(where, messages);
  }
  const value: unknown = toValue(document, where);
  const parsed = configSchema.safeParse(value, { reportInput: true });
  const problems: Problem[] = parsed.success
    ? [...checkReferences(parsed.data), ...checkRule(parsed.data)]
    : parsed.error.issues.flatMap((issue) => describeIssue(issue, value));
  if (parsed.success && problems.length === 0) return parsed.data;
  const located = problems.map((problem) => ({ ...problem, ...positionOf(document, lines, problem.path) }));
  located.sort((a, b) => a.line - b.line || a.column - b.column);
  throw problemError(
    where,
    located.map(
      ({ line, column, path, found, expected }) =>
        `line ${line}:${column}: ${path.join(".") || "the file"}: found ${found}; expected ${expected}`,
    ),
  );
}

function toValue(document: Document, where: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw problemError(where, [error instanceof Error ? error.message : String(error)]);
  }
}

function checkRule({ log }: Config): Problem[] {
  if (log.label === undefined) return [];
  try {
    parseLabelRule(log.label.rule);
    return [];
  } catch (error) {
    if (!(error instanceof UnbatchError)) throw error;
    const { found, expected } = error.parts;
    return [
      {
        path: ["log", "label"],
        found: `"${log.label.rule}" (${found})`,
        expected: expected ?? "a label rule",
      },
    ];
  }
}

function describeIssue(issue: z.core.$ZodIssue, root: unknown): Problem[] {
  const path = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const known = knownKeys(issue.path);
      const nearest = nearestName(key, known);
      const expected = nearest === undefined ? "one of the keys of docs/unbatch-yaml.md" : `"${nearest}"`;
      return { path: [...path, key], found: "an unknown key", expected };
    });
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    // The alternative that got furthest into the value is the one that was meant.
    const depth = (issues: readonly z.core.$ZodIssue[]): number =>
      Math.max(...issues.map((one) => one.path.length + (one.code === "unrecognized_keys" ? 1 : 0)));
    const meant = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0] ?? [];
    if (depth(meant) > 0) {
      return meant.flatMap((one) => describeIssue({ ...one, path: [...issue.path, ...one.path] }, root));
    }
  }
  return [{ path, found: show(valueAt(root, path)), expected: expectation(issue) }];
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") return issue.values.map((value) => JSON.stringify(value)).join(" or ");
  if (issue.code === "invalid_union" && "discriminator" in issue)
    return `a known ${String(issue.discriminator)}`;
  const message = issue.message.replace(/^Invalid input: /, "").replace(/^expected /, "");
  return message.replace(/, received .*$/, "");
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  let value: unknown = root;
  for (const key of path) {
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }
  return value;
}

/** The keys that an object may have at a path, from the JSON form of the schema's own shape. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  const keys = new Set<string>();
  const visit = (schema: unknown, rest: readonly PropertyKey[]): void => {
    if (typeof schema !== "object" || schema === null) return;
    const { def } = schema as { def?: Record<string, unknown> };
    if (def === undefined) return;
    const options = def["options"];
    for (const inner of [def["innerType"], def["in"], ...(Array.isArray(options) ? options : [])])
      visit(inner, rest);
    const [key, ...below] = rest;
    const shape = def["shape"];
    if (typeof shape === "object" && shape !== null) {
      if (key === undefined) for (const name of Object.keys(shape)) keys.add(name);
      else if (typeof key === "string") visit((shape as Record<string, unknown>)[key], below);
    }
    if (typeof key === "number") visit(def["element"], below);
    if (typeof key === "string") visit(def["valueType"], below);
  };
  visit(configSchema, path);
  return [...keys];
}

/** Line and column of the deepest part of the path that the file has. */
function positionOf(
  document: Document,
  lines: LineCounter,
  path: readonly (string | number)[],
): { line: number; column: number } {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isNode(key) && key.toJSON() === last);
      if (pair !== undefined && isNode(pair.key) && pair.key.range) return place(lines, pair.key.range[0]);
    }
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return place(lines, node.range[0]);
  }
  return { line: 1, column: 1 };
}

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
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
