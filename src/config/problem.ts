/** One thing that is wrong with the file. */
export interface Problem {
  path: (string | number)[];
  /** What the line and column point at: the value, or the key (where the key itself is wrong). */
  at?: "key";
  found: string;
  expected: string;
}

export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  // As YAML's .nan and .inf are read; JSON has no word for them.
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** "a, b or c", of at most twenty. */
export function listed(names: readonly string[]): string {
  const shown = names.length > 20 ? [...names.slice(0, 20), `${names.length - 20} more`] : names;
  return shown.length < 2
    ? (shown[0] ?? "")
    : `${shown.slice(0, -1).join(", ")} or ${shown[shown.length - 1]}`;
}
