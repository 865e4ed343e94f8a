import type { ByteSource } from "../../../core/bytes.js";
import { linesOf } from "../line-reader.js";
import { malformed } from "../malformed.js";
import type { Words } from "./reader.js";

/**
 * A line a word: the word, then as many numbers as in the header, or as in the first line. A word may hold spaces.
 * Errors: a line of another width, what is no number, fewer or more lines than the header says.
 */
export function readText(source: ByteSource, hasHeader: boolean): Words {
  const words: string[] = [];
  let vectors = new Float32Array(0);
  let width = 0;
  let expected: number | undefined;
  for (const { line, at } of linesOf(source)) {
    if (hasHeader && expected === undefined) {
      const [count = Number.NaN, columns = Number.NaN] = line.trim().split(" ").map(Number);
      if (!(columns >= 1 && count * columns * 2 <= source.size))
        throw malformed(
          source.name,
          at,
          `${count} words of ${columns} numbers`,
          `what ${source.size} bytes hold`,
        );
      [expected, width] = [count, columns];
      continue;
    }
    if (line === "") continue;
    const fields = line.trimEnd().split(" ");
    if (width === 0) width = fields.length - 1;
    const word = fields.slice(0, fields.length - width).join(" ");
    if (word === "")
      throw malformed(source.name, at, `${fields.length} fields`, `a word and ${width} numbers`);
    vectors = withRoom(vectors, (words.length + 1) * width);
    for (let column = 0; column < width; column++) {
      const text = fields[fields.length - width + column] ?? "";
      const value = text === "" ? Number.NaN : Number(text);
      if (!Number.isFinite(value))
        throw malformed(
          source.name,
          at,
          `${JSON.stringify(text.slice(0, 40))} of ${word.slice(0, 40)}`,
          "a number",
        );
      vectors[words.length * width + column] = value;
    }
    words.push(word);
  }
  if (words.length === 0 || (expected !== undefined && words.length !== expected))
    throw malformed(
      source.name,
      source.size,
      `${words.length} words`,
      `${expected ?? "some"}, as the header says`,
    );
  return { words, width, vectors: vectors.slice(0, words.length * width) };
}

function withRoom(vectors: Float32Array<ArrayBuffer>, needed: number): Float32Array<ArrayBuffer> {
  if (needed <= vectors.length) return vectors;
  const larger = new Float32Array(Math.max(needed, 2 * vectors.length));
  larger.set(vectors);
  return larger;
}
