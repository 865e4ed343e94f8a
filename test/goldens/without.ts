/** Files that are read and have no parity figure, by their row in the table of docs/formats.md: why there is none. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^made\/als\/(item|user)_factors.*\.npy$/, "one of two tables, without the other no score"],
  [/^data\/word2vec\//, "vectors alone; no outputs were published"],
];

export function reasonWithout(file: string): string | undefined {
  return REASONS.find(([pattern]) => pattern.test(file))?.[1];
}
