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
  const partsOf = distinct.map((text) => {
    if (text === "") return [];
    return text.split(separator).map((part) => {
      const code = codeOf.get(part) ?? codeOf.size;
      codeOf.set(part, code);
      return code;
    });
  });
  const offsets = new Int32Array(rows + 1);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    count += partsOf[codes[row] ?? -1]?.length ?? 0;
    if (count > MOST_VALUES) throw tooMany(separator);
    offsets[row + 1] = count;
  }
  const values = new Int32Array(count);
  for (let row = 0; row < rows; row++) values.set(partsOf[codes[row] ?? -1] ?? [], offsets[row]);
  return { kind: "list", offsets, values: { kind: "text", distinct: [...codeOf.keys()], codes: values } };
}

function tooMany(separator: string): UnbatchError {
  return new UnbatchError({
    found: `more than ${MOST_VALUES} values between ${JSON.stringify(separator)} in one block of rows`,
    expected: "texts of a few values each",
    next: "correct the feature's bag.split in unbatch.yaml",
  });
}
