import { canonicalName } from "../../convert/families/feature-hint.js";
import { nearestName } from "../../core/nearest.js";
import type { ColumnProfile } from "../../replay/column-profile.js";

/** The column that a source's name speaks of: of that name, of the same word, or of nearly the same letters. */
export function matchColumn(hint: string, columns: readonly ColumnProfile[]): ColumnProfile | undefined {
  const word = canonicalName(hint);
  const exact =
    columns.find(({ name }) => name === hint) ?? columns.find(({ name }) => canonicalName(name) === word);
  if (exact !== undefined) return exact;
  const nearest = nearestName(
    hint,
    columns.map(({ name }) => name),
  );
  return columns.find(({ name }) => name === nearest);
}
