import { gunzipSync } from "node:zlib";
import type { ByteSource } from "../../../core/bytes.js";
import type { Checkpoint, SyncReader } from "../../checkpoint.js";
import { headText, mainFile, startsWith } from "../main-file.js";
import { malformed } from "../malformed.js";
import { unsupported } from "../unsupported.js";
import { readBinary } from "./binary.js";
import { readText } from "./text.js";

const NAMES = /\.(txt|vec|bin|w2v|glove|model)(\.gz)?$/i;
const GZIP_MAGIC = [0x1f, 0x8b];
/** FASTTEXT_FILEFORMAT_MAGIC_INT32, 793712314 (fastText/src/fasttext.cc). */
const FASTTEXT_MAGIC = [0xba, 0x16, 0x4f, 0x2f];
const HEAD_BYTES = 65_536;
const MAX_GROWTH = 200;
/** There is one way only to read digits as it: with several, a line of numbers that fails has 2^n. */
const NUMBER = String.raw`[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?`;
const ONE_NUMBER = new RegExp(`^${NUMBER}$`);
const VECTOR = new RegExp(`^\\S+(?: ${NUMBER}){2,} ?$`);

/** What the rows of a file are: words and vectors. */
export interface Words {
  words: string[];
  width: number;
  vectors: Float32Array;
}

type Form = "text" | "binary" | "glove";

/** word2vec, text or binary (Google's and gensim's), and GloVe, which has no header; gzip is undone. */
export const wordVectors: SyncReader = {
  format: "word-vectors",
  recognises(tree) {
    const name = mainFile(tree, NAMES);
    if (name === undefined || !NAMES.test(name)) return false;
    const source = tree.open(name);
    if (startsWith(source, FASTTEXT_MAGIC)) return true;
    return startsWith(source, GZIP_MAGIC) ? /\.gz$/i.test(name) : formOf(source) !== undefined;
  },
  read(tree): Checkpoint {
    const opened = tree.open(mainFile(tree, NAMES) ?? "");
    if (startsWith(opened, FASTTEXT_MAGIC))
      throw unsupported(
        opened.name,
        "a binary model of fastText, whose vectors are sums over parts of words",
        "the vectors of words, as text",
        "the .vec file that fastText writes beside it",
      );
    const source = startsWith(opened, GZIP_MAGIC) ? inflated(opened) : opened;
    const form = formOf(source);
    if (form === undefined)
      throw malformed(source.name, 0, "no words and vectors", "word2vec's text or binary form, or GloVe's");
    const { words, width, vectors } =
      form === "binary" ? readBinary(source) : readText(source, form === "text");
    const rows = new Map<string, number>();
    words.forEach((word, row) => {
      if (!rows.has(word)) rows.set(word, row);
    });
    const twice = words.length - rows.size;
    const name = "vectors";
    return {
      format: form === "glove" ? "glove" : `word2vec-${form}`,
      tensors: new Map([
        [name, { name, shape: [words.length, width], dtype: "float32", values: () => vectors }],
      ]),
      slots: [],
      vocabularies: new Map([["words", rows]]),
      hyperparameters: new Map(),
      notes: twice === 0 ? [] : [`${twice} words stand there twice: the first of each is kept`],
    };
  },
};

/** By the first lines: a count and a width, or words with numbers after them, as many in each line. */
function formOf(source: ByteSource): Form | undefined {
  const head = headText(source, HEAD_BYTES);
  const [first = "", second = ""] = head.split(/\r?\n/, 2);
  const header = /^(\d+) (\d+) ?$/.exec(first);
  if (header !== null) return endsWithNumbers(second, Number(header[2])) ? "text" : "binary";
  // Lines of numbers alone are as likely to be anything else.
  const isWord = !new RegExp(`^${NUMBER}(?: |$)`).test(first);
  const isWhole = second === "" || (VECTOR.test(second) && widthOf(first) === widthOf(second));
  return isWord && VECTOR.test(first) && isWhole ? "glove" : undefined;
}

function endsWithNumbers(line: string, count: number): boolean {
  const fields = line.trimEnd().split(" ");
  return (
    fields.length > count && fields.slice(fields.length - count).every((field) => ONE_NUMBER.test(field))
  );
}

function widthOf(line: string): number {
  return line.trimEnd().split(" ").length - 1;
}

function inflated(source: ByteSource): ByteSource {
  const most = source.size * MAX_GROWTH + (1 << 20);
  try {
    const bytes = new Uint8Array(gunzipSync(source.read(0, source.size), { maxOutputLength: most }));
    return {
      name: source.name,
      size: bytes.length,
      read: (offset, length) => bytes.subarray(offset, offset + length),
    };
  } catch (error) {
    if (error instanceof Error && "code" in error)
      throw malformed(
        source.name,
        0,
        `gzip: ${error.message}`,
        `a whole file that grows at most ${MAX_GROWTH} times`,
      );
    throw error;
  }
}
