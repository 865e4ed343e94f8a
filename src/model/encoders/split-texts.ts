import type { ListColumn, TextColumn } from "../../core/column.js";
import { UnbatchError } from "../../core/errors.js";

/** In one block of rows. */
const MOST_VALUES = 2 ** 27;

/**
 * A column of texts as one of lists: "a|b" is a list of two. Each distinct text is split once; null and the empty text
 * are lists without values, and nothing is trimmed. Error: more values than memory should be given for.
 */
export function splitTexts({ distinct, codes }: TextColumn, rows: number, separator: string): ListColumn {
  const codeOf = new Map<string, number>();
  const split = (text: string): number[] =>
    text.split(separator).map((part) => {
      const code = codeOf.get(part) ?? codeOf.size;
      codeOf.set(part, code);
      return code;
    });
  /** Of the texts that rows here have: a block has few of a whole row group's. */
  const partsOf: number[][] = [];
  const partsAt = (row: number): readonly number[] => {
    const code = codes[row] ?? -1;
    const text = distinct[code] ?? "";
    if (text === "") return [];
    partsOf[code] ??= split(text);
    return partsOf[code];
  };
  const offsets = new Int32Array(rows + 1);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    count += partsAt(row).length;
    if (count > MOST_VALUES) throw tooMany(separator);
    offsets[row + 1] = count;
  }
  const values = new Int32Array(count);
  for (let row = 0; row < rows; row++) values.set(partsAt(row), offsets[row]);
  return { kind: "list", offsets, values: { kind: "text", distinct: [...codeOf.keys()], codes: values } };
}

function tooMany(separator: string): UnbatchError {
  return new UnbatchError({
    found: `more than ${MOST_VALUES} values between ${JSON.stringify(separator)} in one block of rows`,
    expected: "texts of a few values each",
    next: "correct the feature's bag.split in unbatch.yaml",
  });
}
