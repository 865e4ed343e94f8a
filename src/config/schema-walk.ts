import type { z } from "zod";
import { nearestName } from "../core/nearest.js";
import { formOf } from "./schema-values.js";

type Schema = z.core.$ZodType;
type Def = z.core.$ZodTypes["_zod"]["def"];

/** A schema without the wrappers that change a value but not what may be written. */
function bare(schema: Schema): { schema: Schema; def: Def } {
  // $ZodTypes is the closed union of what zod builds; $ZodType is its open base.
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "pipe") return bare(def.in);
  if ("innerType" in def) return bare(def.innerType);
  return { schema, def };
}

function defOf(schema: Schema): Def {
  return bare(schema).def;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The alternatives of a union, in the order of the errors that zod reports of it; undefined of anything else. */
export function alternativesOf(schema: Schema): readonly Schema[] | undefined {
  const def = defOf(schema);
  return def.type === "union" ? def.options : undefined;
}

/** The alternative that a value was meant as: of those with keys, the one that shares most with it. -1: none does. */
export function meantAlternative(alternatives: readonly Schema[], value: unknown): number {
  if (!isObject(value)) return -1;
  const kind = value["kind"];
  let best = { index: -1, shared: 0 };
  alternatives.forEach((alternative, index) => {
    const def = defOf(alternative);
    if (def.type !== "object") return;
    const isKind = def.shape["kind"] !== undefined && literalsOf(def.shape["kind"]).includes(String(kind));
    const shared = Object.keys(value).filter((key) => key in def.shape).length + (isKind ? 1000 : 0);
    if (shared > best.shared) best = { index, shared };
  });
  if (best.index >= 0) return best.index;
  // Keys that fit nothing: the alternative with the nearest of them.
  return alternatives.findIndex((alternative) => {
    const def = defOf(alternative);
    if (def.type !== "object") return false;
    return Object.keys(value).some((key) => nearestName(key, Object.keys(def.shape)) !== undefined);
  });
}

/** The schema of a part of `value`, going into the meant alternatives of unions; undefined where the path leaves it. */
export function schemaAt(schema: Schema, path: readonly PropertyKey[], value: unknown): Schema | undefined {
  const [key, ...below] = path;
  if (key === undefined) return schema;
  const def = defOf(schema);
  const child = isObject(value) || Array.isArray(value) ? Object(value)[key] : undefined;
  switch (def.type) {
    case "object": {
      const inner = def.shape[String(key)];
      return inner === undefined ? undefined : schemaAt(inner, below, child);
    }
    case "array":
      return schemaAt(def.element, below, child);
    case "record":
      return schemaAt(def.valueType, below, child);
    case "union": {
      const meant = def.options[meantAlternative(def.options, value)];
      return meant === undefined ? undefined : schemaAt(meant, path, value);
    }
    default:
      return undefined;
  }
}

/** The keys that `value` may have; none where its schema has none. */
export function keysOf(schema: Schema, value: unknown): string[] {
  const def = defOf(schema);
  if (def.type === "object") return Object.keys(def.shape);
  if (def.type !== "union") return [];
  const meant = def.options[meantAlternative(def.options, value)];
  return meant === undefined ? [] : keysOf(meant, value);
}

/** Of a union that `kind` tells apart: the kind of `value`, and those that have the key. */
export function kindsWith(
  schema: Schema,
  value: unknown,
  key: string,
): { own: string; others: string[] } | undefined {
  const own = isObject(value) ? value["kind"] : undefined;
  const alternatives = alternativesOf(schema);
  if (typeof own !== "string" || alternatives === undefined) return undefined;
  const others = alternatives.flatMap((alternative) => {
    const def = defOf(alternative);
    const kind = def.type === "object" && key in def.shape ? def.shape["kind"] : undefined;
    return kind === undefined ? [] : literalsOf(kind);
  });
  return others.length === 0 ? undefined : { own, others };
}

/** The texts of a literal or an enumeration; none of another schema. */
export function literalsOf(schema: Schema): string[] {
  const def = defOf(schema);
  if (def.type === "literal") return def.values.map(String);
  if (def.type === "enum") return Object.values(def.entries).map(String);
  return [];
}

/** What may be written, in a few words: for a list of alternatives. */
export function inWords(schema: Schema): string {
  const { schema: inner, def } = bare(schema);
  switch (def.type) {
    case "object":
      return `{ ${Object.keys(def.shape).join(", ")} }`;
    case "union":
      return def.options.map(inWords).join(" or ");
    case "literal":
      return def.values.map((value) => JSON.stringify(value)).join(" or ");
    case "enum":
      return literalsOf(inner)
        .map((text) => JSON.stringify(text))
        .join(" or ");
    case "string":
      return formOf(inner) ?? "a text";
    case "number":
      return "a number";
    default:
      return def.type;
  }
}
