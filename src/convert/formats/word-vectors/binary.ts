import type { ByteSource } from "../../../core/bytes.js";
import { decodeValues } from "../decode-values.js";
import { malformed } from "../malformed.js";
import type { Words } from "./reader.js";

const MAX_FILE_BYTES = 2 ** 32;
const [SPACE, NEWLINE] = [0x20, 0x0a];

/**
 * word2vec.c's binary form: "count width\n", then for each word its text, a space and `width` float32; Google's own
 * files end each with a newline, gensim's do not. Errors: vectors that leave the file, bytes after the last.
 */
export function readBinary(source: ByteSource): Words {
  if (source.size > MAX_FILE_BYTES)
    throw malformed(source.name, 0, `${source.size} bytes`, `at most ${MAX_FILE_BYTES}`);
  const bytes = source.read(0, source.size);
  const start = bytes.indexOf(NEWLINE) + 1;
  const [count = Number.NaN, width = Number.NaN] = new TextDecoder()
    .decode(bytes.subarray(0, start))
    .trim()
    .split(" ")
    .map(Number);
  // Each word has a letter and a space at the least.
  if (!(width >= 1 && count * (4 * width + 2) <= bytes.length - start))
    throw malformed(source.name, 0, `${count} words of ${width} numbers`, `what ${bytes.length} bytes hold`);
  const words: string[] = [];
  const vectors = new Float32Array(count * width);
  const decoder = new TextDecoder();
  let at = start;
  while (words.length < count) {
    while (bytes[at] === NEWLINE) at += 1;
    const space = bytes.indexOf(SPACE, at);
    const end = space + 1 + 4 * width;
    if (space < 0 || end > bytes.length)
      throw malformed(
        source.name,
        at,
        `${bytes.length - at} bytes left`,
        `word ${words.length + 1} of ${count}`,
      );
    vectors.set(
      Float32Array.from(decodeValues("float32", bytes.subarray(space + 1, end)), Number),
      words.length * width,
    );
    words.push(decoder.decode(bytes.subarray(at, space)));
    at = end;
  }
  while (bytes[at] === NEWLINE) at += 1;
  if (at !== bytes.length)
    throw malformed(source.name, at, `${bytes.length - at} bytes after the last word`, "the end");
  return { words, width, vectors };
}
