import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { safetensors } from "../../../src/convert/formats/safetensors/reader.js";
import { openTree } from "../../../src/io/files.js";
import { describeWith } from "../../support/external.js";
import { memoryTree } from "../../support/tree.js";
import { expectSafeFiles, type Files } from "./damage.js";

const FOLDER = "fixtures/made/safetensors";
const golden = JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as Record<string, number[]>;

/** A file of this header, and zeros (or `data`) after it. */
function file(header: string, data: Uint8Array): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

const entry = (dtype: string, shape: number[], from: number, to: number): object => ({
  dtype,
  shape,
  data_offsets: [from, to],
});
const one = (header: object, data: Uint8Array): Checkpoint =>
  safetensors.read(memoryTree("m.safetensors", { "m.safetensors": file(JSON.stringify(header), data) }));

describe("safetensors", () => {
  const { tensors, notes } = safetensors.read(openTree(`${FOLDER}/two_tower.safetensors`));
  const values = (name: string): number[] => Array.from(tensors.get(name)?.values() ?? [], Number);

  it("has the golden rows, its metadata, bfloat16, a scalar and an empty tensor", () => {
    const row = golden["item_embedding.weight[5]"] ?? [];
    expect(values("item_embedding.weight").slice(40, 48)).toEqual(row);
    expect(values("user_bias.weight").slice(5, 6)).toEqual(golden["user_bias_5"]);
    expect(tensors.get("item_embedding_bf16")?.dtype).toBe("bfloat16");
    values("item_embedding_bf16")
      .slice(40, 48)
      .forEach((value, at) => {
        expect(Math.abs(value - (row[at] ?? Number.NaN))).toBeLessThan(Math.abs(value) * 2 ** -7);
      });
    expect(tensors.get("step")?.shape).toEqual([]);
    expect(values("step")).toEqual([72]);
    expect(tensors.get("empty")?.shape).toEqual([0, 8]);
    expect(values("empty")).toEqual([]);
    expect(notes).toEqual(["metadata: format pt, vocab_offset 1"]);
  });

  it.each([
    ["F64", new Float64Array([1.5, -2]), "float64", [1.5, -2]],
    ["F16", new Uint16Array([0x3e00, 0xc000]), "float16", [1.5, -2]],
    ["BF16", new Uint16Array([0x3fc0, 0xc000]), "bfloat16", [1.5, -2]],
    ["I64", new BigInt64Array([7n, -1n]), "int64", [7, -1]],
    ["I32", new Int32Array([7, -1]), "int32", [7, -1]],
    ["U32", new Uint32Array([7, 4294967295]), "uint32", [7, 4294967295]],
    ["I16", new Int16Array([7, -1]), "int16", [7, -1]],
    ["U16", new Uint16Array([7, 65535]), "uint16", [7, 65535]],
    ["I8", new Int8Array([7, -1]), "int8", [7, -1]],
    ["U8", new Uint8Array([7, 255]), "uint8", [7, 255]],
    ["BOOL", new Uint8Array([1, 0]), "bool", [1, 0]],
  ])("reads %s", (dtype, array, ours, expected) => {
    const bytes = new Uint8Array(array.buffer);
    const tensor = one({ w: entry(dtype, [2], 0, bytes.length) }, bytes).tensors.get("w");
    expect(tensor?.dtype).toBe(ours);
    expect(Array.from(tensor?.values() ?? [], Number)).toEqual(expected);
  });

  it("leaves a type it does not know, and says so", () => {
    const checkpoint = one({ q: entry("F8_E4M3", [4], 0, 4), w: entry("F32", [1], 4, 8) }, new Uint8Array(8));
    expect([...checkpoint.tensors.keys()]).toEqual(["w"]);
    expect(checkpoint.notes).toEqual(["q: F8_E4M3, left alone"]);
  });

  it("refuses bytes after the data, other sizes, and what is no entry", () => {
    const four = new Uint8Array(4);
    expect(() => one({ w: entry("F32", [1], 0, 4) }, new Uint8Array(5))).toThrow(/5 bytes of data\n.*4, as/);
    expect(() => one({ w: entry("F32", [2], 0, 4) }, four)).toThrow(/w at 0 to 4\n.*8 bytes, as F32 \[2\]/);
    expect(() => one({ w: entry("F32", [-1], 0, 4) }, four)).toThrow(/the entry "w"/);
    expect(() => one({ w: entry("F32", [0.5], 0, 4) }, four)).toThrow(/the entry "w"/);
    expect(() => one({ w: 1 }, four)).toThrow(/byte 8: the entry "w"/);
  });

  const path = "two_tower.safetensors";
  const files: Files = { [path]: new Uint8Array(readFileSync(`${FOLDER}/${path}`)) };
  expectSafeFiles("damaged, is read or refused", path, files);
});

describe("an index of shards", () => {
  const shard = (name: string): Uint8Array =>
    file(JSON.stringify({ [name]: entry("F32", [1], 0, 4) }), new Uint8Array(4));
  const INDEX = "model.safetensors.index.json";
  const index = (map: object): Uint8Array => Buffer.from(JSON.stringify({ metadata: {}, weight_map: map }));
  const [A, B] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  const files = (map: object): Files => ({ [INDEX]: index(map), [A]: shard("a"), [B]: shard("b") });
  const read = (map: object, path = INDEX): Checkpoint => safetensors.read(memoryTree(path, files(map)));

  it("is read in its order, by its own name or by its folder's", () => {
    expect([...read({ b: B, a: A }).tensors.keys()]).toEqual(["b", "a"]);
    expect([...read({ b: B, a: A }, "folder").tensors.keys()]).toEqual(["b", "a"]);
  });

  it("refuses a tensor that is not there, and a shard outside of its folder", () => {
    expect(() => read({ a: A, bb: B })).toThrow(/no tensor "bb"[\s\S]*perhaps b\n/);
    expect(() => read({ a: "../x.safetensors" })).toThrow(/byte 0: the file .*\.\./);
    expect(() => read({ a: "gone.safetensors" })).toThrow(/gone.safetensors/);
  });

  expectSafeFiles("damaged, is read or refused", INDEX, files({ a: A, b: B }));
});

describeWith("UNBATCH_DATA", "safetensors of others", (data) => {
  it("reads candle's codes", () => {
    const { tensors } = safetensors.read(
      openTree(`${data}/checkpoints/safetensors/candle_jfk-codes.safetensors`),
    );
    expect([...tensors.values()].map(({ shape, dtype }) => [shape, dtype])).toEqual([[[1, 2, 828], "int64"]]);
    expect(tensors.get("codes")?.values()).toHaveLength(1656);
  });
});
