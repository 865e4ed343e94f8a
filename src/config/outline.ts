/**
 * The names in a file whose shape may still be wrong: what is not of the expected type is left out, so that names are
 * checked beside the shape and not only after it.
 */
export interface Named {
  name: string;
  path: (string | number)[];
}

export function partOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

export function listOf(value: unknown, key: string): unknown[] {
  const list = partOf(value, key);
  return Array.isArray(list) ? list : [];
}

export function textOf(value: unknown, key: string): string | undefined {
  const text = partOf(value, key);
  return typeof text === "string" ? text : undefined;
}

export function numberOf(value: unknown, key: string): number | undefined {
  const number = partOf(value, key);
  return typeof number === "number" ? number : undefined;
}

export function keysIn(value: unknown, key: string): string[] {
  const part = partOf(value, key);
  return typeof part === "object" && part !== null && !Array.isArray(part) ? Object.keys(part) : [];
}

/** Texts of a list, each with its place. */
export function namesIn(value: unknown, key: string, path: readonly (string | number)[]): Named[] {
  return listOf(value, key).flatMap((name, index) =>
    typeof name === "string" ? [{ name, path: [...path, key, index] }] : [],
  );
}
