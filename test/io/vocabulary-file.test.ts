import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UnbatchError } from "../../src/core/errors.js";
import { arrowVocabulary } from "../../src/io/arrow.js";
import { readVocabularyFile } from "../../src/io/vocabulary-file.js";
import { temporaryFolder } from "../support/cli.js";
import { writeParquet } from "../support/parquet.js";

const root = temporaryFolder();

function file(name: string, content: string | Uint8Array): string {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
}

const entriesOf = async (path: string, key?: string): Promise<[string, number][]> => [
  ...(await readVocabularyFile(path, key)),
];

describe("ids and rows, in every form", () => {
  const expected = [
    ["a", 0],
    ["b", 1],
    ["ü c", 2],
  ];

  it("text: the line number is the row", async () => {
    for (const text of ["a\nb\nü c\n", "a\nb\nü c", "a\r\nb\r\nü c\r\n", "\ufeffa\nb\nü c\n"]) {
      expect(await entriesOf(file("v.txt", text))).toEqual(expected);
    }
    expect(await entriesOf(file("vocab", "a\n\nb"))).toEqual([
      ["a", 0],
      ["", 1],
      ["b", 2],
    ]);
  });

  it("JSON: an object, an array, or one of several by key", async () => {
    expect(await entriesOf(file("v.json", '{"a": 0, "b": 1, "ü c": 2}'))).toEqual(expected);
    expect(await entriesOf(file("v.json", '["a", "b", "ü c"]'))).toEqual(expected);
    expect(await entriesOf(file("v.json", "[10, 20]"))).toEqual([
      ["10", 0],
      ["20", 1],
    ]);
    const nested = file("v.json", '{"user": {"a": 0, "b": 1, "ü c": 2}, "item": ["x"]}');
    expect(await entriesOf(nested, "user")).toEqual(expected);
    expect(await entriesOf(nested, "item")).toEqual([["x", 0]]);
  });

  it("CSV: id,row with a header or without, ids alone, quoted", async () => {
    for (const text of [
      "a,0\nb,1\nü c,2\n",
      "value,row\r\na,0\r\nb,1\r\nü c,2",
      '"a",0\nb,1\n"ü c",2',
      "a\nb\nü c\n",
    ]) {
      expect(await entriesOf(file("v.csv", text))).toEqual(expected);
    }
    expect(await entriesOf(file("v.csv", '"a, ""b""",4\n'))).toEqual([['a, "b"', 4]]);
    expect(await entriesOf(file("v.csv", '"a,b"\nc\n'))).toEqual([
      ["a,b", 0],
      ["c", 1],
    ]);
  });

  it("Parquet and Arrow", async () => {
    const path = join(root, "v.parquet");
    writeParquet(path, [
      { name: "row", data: [0, 1, 2], type: "INT32" },
      { name: "id", data: ["a", "b", "ü c"], type: "STRING" },
    ]);
    expect(await entriesOf(path)).toEqual(expected);
    writeParquet(path, [{ name: "user", data: [7n, 9007199254740993n], type: "INT64" }]);
    expect(await entriesOf(path)).toEqual([
      ["7", 0],
      ["9007199254740993", 1],
    ]);
    const bytes = arrowVocabulary.encode({
      ids: ["a", "b", "ü c"],
      rows: Int32Array.of(0, 1, 2),
      counts: new Float64Array(3),
    });
    expect(await entriesOf(file("v.arrow", bytes))).toEqual(expected);
  });
});

describe("what is wrong with a vocabulary", () => {
  it("names the file, the place, and what was expected", async () => {
    const wrong: [string, string | Uint8Array, RegExp, string?][] = [
      ["v.txt", "a\nb\na\n", /"a" twice: line 1 and line 3/],
      ["v.txt", new Uint8Array([0x61, 0xff]), /not UTF-8/],
      ["v.csv", "id,row\na,0\nb,1\na,2\n", /"a" twice: line 2 and line 4/],
      ["v.csv", "a,0\nb,\n", /line 2: row "" of "b"/],
      ["v.csv", "a,0\nb,-1\n", /line 2: row "-1"/],
      ["v.csv", "a,0\nb\n", /line 2 has 1 cells, line 1 has 2/],
      ["v.csv", "a,b,c\n", /line 1 has 3 cells/],
      ["v.csv", 'a"b,0\n', /line 1: a quote out of place/],
      ["v.json", '{"a": 0', /JSON/],
      ["v.json", '{"a": null}', /row null of "a"/],
      ["v.json", '{"a": "0"}', /row "0" of "a"/],
      ["v.json", '{"a": 1.5}', /row 1.5/],
      ["v.json", '{"a": 2147483648}', /row 2147483648/],
      ["v.json", '["a", "a"]', /"a" twice: entry 0 and entry 1/],
      ["v.json", "[12345678901234567890]", /below 2\^53/],
      ["v.json", "[null]", /null at 0/],
      ["v.json", "3", /number/],
      ["v.json", '{"user": {"a": 0}}', /the encoder's `key`/],
      ["v.json", '{"user": {"a": 0}}', /no key "item"[\s\S]*one of user/, "item"],
      ["v.json", '{"user": {"a": 0}}', /no key "constructor"/, "constructor"],
      ["v.parquet", "PAR1", /only 4 bytes/],
      ["v.arrow", "text", /begin with "text"/],
    ];
    for (const [name, content, message, key] of wrong) {
      const reading = readVocabularyFile(file(name, content), key);
      await expect(reading).rejects.toThrow(message);
      await expect(reading).rejects.toBeInstanceOf(UnbatchError);
    }
    await expect(readVocabularyFile(join(root, "none.txt"))).rejects.toThrow(/no such file/);
    const path = join(root, "nulls.parquet");
    writeParquet(path, [{ name: "id", data: ["a", null], type: "STRING" }]);
    await expect(readVocabularyFile(path)).rejects.toThrow(/row 1: a null id/);
    writeParquet(path, [
      { name: "id", data: ["a", "b"], type: "STRING" },
      { name: "row", data: [0, null], type: "INT32" },
    ]);
    await expect(readVocabularyFile(path)).rejects.toThrow(/row missing of "b"/);
  });
});
