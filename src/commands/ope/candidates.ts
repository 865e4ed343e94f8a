import { UnbatchError } from "../../core/errors.js";
import { readVocabularyFile } from "../../io/vocabulary-file.js";
import type { IdColumn, Ids } from "../../measure/ope/events.js";
import type { Candidates } from "../../measure/ope/target.js";

/** The items of a file: one id a line, or as a vocabulary is written. */
export async function candidatesOfFile(path: string, items: Ids): Promise<Int32Array> {
  const ids = [...(await readVocabularyFile(path)).keys()];
  return Int32Array.from(ids, (id) => items.codeOf(id));
}

/**
 * A column of lists, each a text: a JSON array, or ids with a comma, a bar, a semicolon or a space between them. Each distinct
 * list is read once. Errors: a list that is empty or missing, an item twice in one.
 */
export function candidatesOfColumn(
  { ids: texts, codes }: IdColumn,
  items: Ids,
  where: (row: number) => string,
): Candidates {
  const first = new Map<number, number>();
  codes.forEach((code, row) => {
    if (!first.has(code)) first.set(code, row);
  });
  const missing = first.get(-1);
  if (missing !== undefined) throw badList(where(missing), "no list of candidates");
  const lists = texts.map((text, code) => {
    const ids = listOf(text);
    const place = where(first.get(code) ?? 0);
    if (ids.length === 0) throw badList(place, "an empty list of candidates");
    if (new Set(ids).size < ids.length) throw badList(place, `an item twice in ${JSON.stringify(text)}`);
    return Int32Array.from(ids, (id) => items.codeOf(id));
  });
  const none = new Int32Array(0);
  return { of: (row) => lists[codes[row] ?? -1] ?? none };
}

function listOf(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed.startsWith("[")) {
    try {
      const list: unknown = JSON.parse(trimmed);
      if (Array.isArray(list)) return list.map((id) => (typeof id === "string" ? id : JSON.stringify(id)));
    } catch {
      // Not JSON: [a b c] is read as the ids between the brackets.
    }
    return separated(trimmed.slice(1, trimmed.endsWith("]") ? -1 : undefined));
  }
  return separated(trimmed);
}

function separated(text: string): string[] {
  return text
    .split(/[,|;\s]+/)
    .map((id) => id.trim())
    .filter((id) => id !== "");
}

function badList(where: string, found: string): UnbatchError {
  return new UnbatchError({
    where,
    found,
    expected: 'a text such as "a,b,c" or ["a", "b", "c"]: the items that could have been shown',
    next: "mend the column, or give --candidates FILE",
  });
}
