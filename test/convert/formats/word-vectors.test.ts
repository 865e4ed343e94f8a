import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { wordVectors } from "../../../src/convert/formats/word-vectors/reader.js";
import { openTree } from "../../../src/io/files.js";
import { describeWith } from "../../support/external.js";
import { memoryTree } from "../../support/tree.js";
import { expectSafeFiles } from "./damage.js";

const FOLDER = "fixtures/made/word2vec";
const golden = JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as {
  n: number;
  dim: number;
  "sku-0": number[];
  "sku-179": number[];
};
const open = (path: string): Checkpoint => wordVectors.read(openTree(path));
const read = (text: string | Uint8Array, name = "v.txt"): Checkpoint =>
  wordVectors.read(memoryTree(name, { [name]: Buffer.from(text) }));

function vectorOf({ tensors, vocabularies }: Checkpoint, word: string): number[] {
  const tensor = tensors.get("vectors");
  const row = vocabularies.get("words")?.get(word) ?? Number.NaN;
  const width = tensor?.shape[1] ?? Number.NaN;
  return Array.from(tensor?.values() ?? [], Number).slice(row * width, (row + 1) * width);
}

describe.each([
  ["items.txt", "word2vec-text", 1e-6],
  ["items_google.bin", "word2vec-binary", 0],
  ["items_gensim.bin", "word2vec-binary", 0],
  ["items_glove_noheader.txt", "glove", 1e-5],
])("%s", (name, format, tolerance) => {
  it("has the golden vectors under their words", () => {
    const checkpoint = open(`${FOLDER}/${name}`);
    expect(checkpoint.format).toBe(format);
    expect(checkpoint.tensors.get("vectors")?.shape).toEqual([golden.n, golden.dim]);
    for (const word of ["sku-0", "sku-179"] as const) {
      const vector = vectorOf(checkpoint, word);
      expect(vector).toHaveLength(golden.dim);
      vector.forEach((value, at) => {
        expect(Math.abs(value - (golden[word][at] ?? Number.NaN))).toBeLessThanOrEqual(tolerance);
      });
    }
  });

  expectSafeFiles("damaged, is read or refused", name, {
    [name]: new Uint8Array(readFileSync(`${FOLDER}/${name}`)),
  });
});

describe("words and vectors", () => {
  it("may hold spaces in a word, and a word twice, which is said", () => {
    expect(vectorOf(read("2 2\n. . 1 2\nb 3 4\n"), ". .")).toEqual([1, 2]);
    const twice = read("3 2\na 1 2\na 3 4\nb 5 6\n");
    expect(vectorOf(twice, "a")).toEqual([1, 2]);
    expect(vectorOf(twice, "b")).toEqual([5, 6]);
    expect(twice.notes).toEqual(["1 words stand there twice: the first of each is kept"]);
  });

  it("take numbers for words where a header says so, and not otherwise", () => {
    expect(vectorOf(read("1 2\n17 1 2\n"), "17")).toEqual([1, 2]);
    const tree = memoryTree("v.txt", { "v.txt": Buffer.from("17 1 2\n18 3 4\n") });
    expect(wordVectors.recognises(tree)).toBe(false);
  });

  it("are refused with the byte at which they fail", () => {
    expect(() => read("2 2\na 1 2\nb 3\n")).toThrow(/v.txt, byte 10: 2 fields/);
    expect(() => read("2 2\na 1 2\nb 3 x\n")).toThrow(/v.txt, byte 10: "x" of b/);
    expect(() => read("3 2\na 1 2\nb 3 4\n")).toThrow(/2 words\n.*3, as the header/);
    expect(() => read("99999999 2\na 1 2\n")).toThrow(/byte 0: 99999999 words/);
    expect(() => read("1 2\na \0\0\0\0\0\0\0\0zz", "v.bin")).toThrow(/2 bytes after the last word/);
  });

  it("are refused where gzip would grow without end", () => {
    const bomb = gzipSync(Buffer.alloc(30_000_000, "a"));
    expect(() => read(bomb, "v.txt.gz")).toThrow(/v.txt.gz, byte 0: gzip/);
  });
});

describeWith("UNBATCH_DATA", "vectors of others", (data) => {
  it("reads GloVe's own, plain and compressed", () => {
    const fake = open(`${data}/checkpoints/word2vec/allennlp_fake_embeddings.5d.txt`);
    expect(vectorOf(fake, "you").map((value) => Number(value.toFixed(3)))).toEqual([
      0.723, 0.626, 0.85, 0.024, 0.715,
    ]);
    const sample = open(`${data}/checkpoints/word2vec/allennlp_glove.6B.100d.sample.txt.gz`);
    expect(sample.tensors.get("vectors")?.shape).toEqual([100, 100]);
    expect(vectorOf(sample, "the")[0]).toBeCloseTo(-0.038194, 6);
  });
});
