/** A place in a parsed document. */
export type Path = readonly (string | number)[];

/** Every number other than 0 below `value`, by its place, leaving out what lies under the keys named. */
export function numbersBelow(value: unknown, without: ReadonlySet<string>, at: Path = []): Path[] {
  if (typeof value === "number") return value === 0 ? [] : [at];
  if (Array.isArray(value)) return value.flatMap((one, index) => numbersBelow(one, without, [...at, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    without.has(key) ? [] : numbersBelow(one, without, [...at, key]),
  );
}

/** The document with one number changed: counts and other whole numbers by 1, the rest by a relative 1e-6. */
export function withOneChanged(document: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    if (typeof document !== "number") throw new TypeError("not a number");
    return Number.isInteger(document) ? document + 1 : document * (1 + 1e-6);
  }
  if (Array.isArray(document)) {
    return document.map((one: unknown, index) => (index === key ? withOneChanged(one, rest) : one));
  }
  if (typeof document !== "object" || document === null) throw new TypeError(`nothing at ${path.join(".")}`);
  return Object.fromEntries(
    Object.entries(document).map(([name, one]) => [name, name === key ? withOneChanged(one, rest) : one]),
  );
}

/** About `count` of the list, evenly spread. */
export function sampled<Item>(list: readonly Item[], count: number): Item[] {
  const step = Math.max(1, Math.floor(list.length / count));
  return list.filter((_, index) => index % step === 0);
}
