import type { z } from "zod";
import { nearestName } from "../core/nearest.js";
import { listed, type Problem, show } from "./problem.js";
import { configSchema } from "./schema.js";
import {
  alternativesOf,
  inWords,
  keysOf,
  kindsWith,
  literalsOf,
  meantAlternative,
  schemaAt,
} from "./schema-walk.js";

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

/** What zod has found wrong with the shape, in words. `root` is the whole value. */
export function problemsOf(issues: readonly Issue[], root: unknown): Problem[] {
  const whole: Place = { schema: configSchema, value: root, path: [] };
  return issues.flatMap((issue) => problemsAt(issue, whole));
}

/** The part of the file that an issue's path begins from. */
interface Place {
  schema: Schema;
  value: unknown;
  path: (string | number)[];
}

function problemsAt(issue: Issue, from: Place): Problem[] {
  const relative = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
  const path = [...from.path, ...relative];
  const value = valueAt(from.value, relative);
  const schema = schemaAt(from.schema, relative, from.value);
  if (issue.code === "unrecognized_keys") {
    const known = schema === undefined ? [] : keysOf(schema, value);
    return issue.keys.map((key) => {
      const kinds = schema && kindsWith(schema, value, key);
      if (kinds === undefined) return unknownKey([...path, key], key, known);
      const found = `a setting of ${listed(kinds.others)}, which ${kinds.own} does not have`;
      return { path: [...path, key], at: "key", found, expected: listed(known) };
    });
  }
  if (issue.code !== "invalid_union")
    return [{ path, found: show(value), expected: expectation(issue, value, schema) }];
  if (issue.discriminator !== undefined) return [unknownKind(issue, from, relative)];
  const alternatives = (schema && alternativesOf(schema)) ?? [];
  const index = meantAlternative(alternatives, value);
  const meant = alternatives[index];
  if (meant !== undefined) {
    const inner = issue.errors[index] ?? [];
    return inner.flatMap((one) => problemsAt(one, { schema: meant, value, path }));
  }
  const words = alternatives.map((one) => inWords(one));
  return [{ path, found: show(value), expected: words.join(" or ") || "another value" }];
}

function unknownKey(path: (string | number)[], key: string, known: readonly string[]): Problem {
  const nearest = nearestName(key, known);
  const others = known.length > 0 ? listed(known) : "one of the keys of docs/unbatch-yaml.md";
  const expected = nearest === undefined ? others : `"${nearest}"`;
  return { path, at: "key", found: "an unknown key", expected };
}

/** `kind` is missing, or none of the kinds. */
function unknownKind(
  issue: Extract<Issue, { code: "invalid_union" }>,
  from: Place,
  relative: readonly (string | number)[],
): Problem {
  const schema = schemaAt(from.schema, relative.slice(0, -1), from.value);
  const key = String(issue.discriminator);
  const kinds = ((schema && alternativesOf(schema)) ?? []).flatMap((alternative) => {
    const literal = schemaAt(alternative, [key], undefined);
    return literal === undefined ? [] : literalsOf(literal);
  });
  const found = valueAt(from.value, relative);
  return { path: [...from.path, ...relative], found: show(found), expected: oneOf(kinds, found) };
}

function oneOf(texts: readonly string[], found: unknown): string {
  const nearest = typeof found === "string" ? nearestName(found, texts) : undefined;
  const all = listed(texts.map((text) => JSON.stringify(text)));
  return nearest === undefined || texts.length === 1 ? all : `${all}; perhaps ${JSON.stringify(nearest)}`;
}

function expectation(issue: Issue, value: unknown, schema: Schema | undefined): string {
  switch (issue.code) {
    case "invalid_value":
      return issue.values.every((one) => typeof one === "string")
        ? oneOf(issue.values.map(String), value)
        : listed(issue.values.map((one) => JSON.stringify(one)));
    case "invalid_type":
      if (issue.expected === "string" && schema !== undefined) return inWords(schema);
      return typeWords[issue.expected] ?? issue.expected;
    case "too_small":
      return sizeWords(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum);
    case "too_big":
      return sizeWords(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum);
    default:
      return issue.message.replace(/^(Invalid input: )?expected /, "");
  }
}

const typeWords: Readonly<Record<string, string>> = {
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "keys with values",
  record: "keys with values",
  array: "a list",
};

function sizeWords(origin: string, bound: string, size: number | bigint): string {
  if (origin === "array") return `a list of ${bound} ${size}`;
  if (origin === "string") return "a text that is not empty";
  return `a number that is ${bound} ${size}`;
}

function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  let value: unknown = root;
  for (const key of path) {
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }
  return value;
}
