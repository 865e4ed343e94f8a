/** Files that are short to write and that readers could be busy with for ever: found by changing fixtures, and by reading. */
import { expect, it } from "vitest";
import * as b from "./bundles.js";
import * as g from "./graphs.js";
import { type Files, outcome } from "./outcome.js";
import * as p from "./pickles.js";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const VW = "Version 8.0.0\nId \nMin label:0\nMax label:1\nbits:18\n";

/** A message of protocol buffers: field number, contents. */
const field = (number: number, contents: Uint8Array): Buffer =>
  Buffer.concat([b.varint(number * 8 + 2), b.varint(contents.length), contents]);
const onnx = (dimensions: Uint8Array): Files => ({
  "m.onnx": field(7, field(5, Buffer.concat([field(1, dimensions), field(8, bytes("w"))]))),
});

const longName = p.text(`${"_mch_".repeat(100_000)}!`);
const weight = p.tensor({ elements: 1, shape: [1], strides: [1] });

/** A graph whose lookup has keys of four million times the same text. */
const fill = g.tensor("string", ["x"], [4_000_000]);
const graph = g.savedModel([
  g.node("city", "Placeholder", [], { dtype: g.type("string") }),
  g.node("keys", "Const", [], { value: fill }),
  g.constant("values", "int64", [0]),
  g.node("table", "HashTableV2"),
  g.node("init", "LookupTableImportV2", ["table", "keys", "values"]),
  ...Array.from({ length: 50 }, (_, at) => [
    g.node(`find${at}`, "LookupTableFindV2", ["table", "city", "values"]),
    g.variable(`rows${at}`, [3, 2]),
    g.node(`gather${at}`, "ResourceGather", [`rows${at}`, `find${at}`]),
  ]).flat(),
]);

it.each([
  // Each 11 could be read as \d+ or as \d+ and \d*: 2^60 ways.
  ["a line of numbers that ends with none", "m.txt", { "m.txt": bytes(`w${" 11".repeat(60)} x\n`) }],
  ["digits without end", "m.txt", { "m.txt": bytes(`w 1 ${"1".repeat(60_000)}x\n`) }],
  [
    "a word's line of numbers that ends with none",
    "m.txt",
    { "m.txt": bytes(`1 60\nw${" 11".repeat(60)} x\n`) },
  ],
  [
    "weights with a colon at every other character",
    "m.txt",
    { "m.txt": bytes(`${VW}:0\n7:1\n${"1:".repeat(400_000)}\t\n`) },
  ],
  ["a name of half a megabyte", "m.pt", { "m.pt": p.savedBy(p.dictionary([longName, weight]), { 0: [1] }) }],
  ["dimensions that do not end", "m.onnx", onnx(Buffer.of(3, 0x80))],
  ["more dimensions than a call has arguments", "m.onnx", onnx(Buffer.alloc(300_000, 1))],
])("%s: refused", async (_title, path, files) => {
  expect(await outcome(path, files)).toBe("refused");
});

it("a constant that is one value four million times, looked at again and again: left, within bounds", async () => {
  const variables = b.bundle("variables/variables", { w: { shape: [1], values: [1] } });
  expect(await outcome("export", { ...variables, "saved_model.pb": graph })).toBe("read");
});
