import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openLog } from "../../src/io/log-source.js";
import { decodeHybrid } from "../../src/io/parquet/hybrid.js";
import { nullsOfBitPacked } from "../../src/io/parquet/levels.js";
import { decompressHadoopLz4, decompressLz4 } from "../../src/io/parquet/lz4.js";
import { thriftStructEnd } from "../../src/io/parquet/thrift-bounds.js";
import { temporaryFolder } from "../support/cli.js";
import { hybridBytes } from "../support/hybrid-bytes.js";
import { readColumns, writeParquet } from "../support/parquet.js";

const folder = temporaryFolder();
const path = join(folder, "encoded.parquet");

describe("encodings, as another library writes them", () => {
  const int64 = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -9n, max: 9n }),
  );
  const int32 = fc.oneof(fc.integer(), fc.integer({ min: -9, max: 9 }));
  const digits = (value: bigint): number | string =>
    Number.isSafeInteger(Number(value)) ? Number(value) : String(value);

  it("64-bit integers: plain, delta, split streams, dictionary", async () => {
    for (const encoding of ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT", "RLE_DICTIONARY"] as const) {
      await fc.assert(
        fc.asyncProperty(fc.array(int64, { minLength: 1, maxLength: 300 }), async (data) => {
          writeParquet(path, [{ name: "x", data, type: "INT64", encoding }], { pageSize: 400 });
          const isWide = data.some((value) => typeof digits(value) === "string");
          const expected = data.map((value) => (isWide ? String(value) : Number(value)));
          expect((await readColumns(await openLog([path]), ["x"]))["x"]).toEqual(expected);
        }),
        { numRuns: 40 },
      );
    }
  });

  it("32-bit integers and doubles, with nulls", async () => {
    for (const encoding of ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"] as const) {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.option(int32), { minLength: 1, maxLength: 300 }), async (data) => {
          const columns = [{ name: "x", data, type: "INT32" as const, encoding }];
          writeParquet(path, columns, { pageSize: 300 });
          expect((await readColumns(await openLog([path]), ["x"]))["x"]).toEqual(data);
        }),
        { numRuns: 40 },
      );
    }
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double(), { minLength: 1, maxLength: 100 }), async (data) => {
        writeParquet(path, [{ name: "x", data: new Float64Array(data), encoding: "BYTE_STREAM_SPLIT" }]);
        expect((await readColumns(await openLog([path]), ["x"]))["x"]).toEqual(data);
      }),
      { numRuns: 40 },
    );
  });

  it("texts of any length: plain, dictionary, both deltas", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ maxLength: 3 }),
      fc.string({ minLength: 60, maxLength: 90 }),
    );
    for (const encoding of [
      "PLAIN",
      "RLE_DICTIONARY",
      "DELTA_BYTE_ARRAY",
      "DELTA_LENGTH_BYTE_ARRAY",
    ] as const) {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.option(text), { minLength: 1, maxLength: 100 }), async (data) => {
          writeParquet(path, [{ name: "x", data, type: "STRING", encoding }], { pageSize: 200 });
          expect((await readColumns(await openLog([path]), ["x"]))["x"]).toEqual(data);
        }),
        { numRuns: 40 },
      );
    }
  });

  it("booleans: plain and runs", async () => {
    for (const encoding of ["PLAIN", "RLE"] as const) {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.option(fc.boolean()), { minLength: 1, maxLength: 200 }),
          async (data) => {
            writeParquet(path, [{ name: "x", data, type: "BOOLEAN", encoding }]);
            const expected = data.map((value) => (value === null ? null : Number(value)));
            expect((await readColumns(await openLog([path]), ["x"]))["x"]).toEqual(expected);
          },
        ),
        { numRuns: 40 },
      );
    }
  });
});

describe("the hybrid of runs and packed bits", () => {
  it("decodes what was encoded, at every bit width", () => {
    for (let width = 1; width <= 31; width++) {
      const value = fc.integer({ min: 0, max: 2 ** width - 1 });
      const packed = fc
        .array(value, { minLength: 8, maxLength: 40 })
        .map((all) => all.slice(0, all.length - (all.length % 8)));
      const run = fc.record({ value, run: fc.integer({ min: 0, max: 50 }) });
      fc.assert(
        fc.property(fc.array(fc.oneof(packed, run), { maxLength: 6 }), (parts) => {
          const bytes = hybridBytes(width, parts);
          const expected = parts.flatMap((part) =>
            "run" in part ? Array<number>(part.run).fill(part.value) : part,
          );
          expect(Array.from(decodeHybrid(bytes, 0, bytes.length, width, expected.length))).toEqual(expected);
          expect(() => decodeHybrid(bytes, 0, bytes.length, width, expected.length + 1)).toThrow(RangeError);
        }),
        { numRuns: 20 },
      );
    }
  });

  it("bit-packed levels stand most significant bit first", () => {
    expect(nullsOfBitPacked(new Uint8Array([0b10110000, 0b01000000]), 10)).toEqual(
      new Uint8Array([0, 1, 0, 0, 1, 1, 1, 1, 1, 0]),
    );
    expect(() => nullsOfBitPacked(new Uint8Array([255]), 9)).toThrow(RangeError);
  });
});

describe("LZ4", () => {
  // "abc", a copy of 9 from 3 back, "xyz!!": overlapping, then the literals that end a block.
  const block = new Uint8Array([0x35, 97, 98, 99, 3, 0, 0x50, 120, 121, 122, 33, 33]);
  const text = "abcabcabcabcxyz!!";

  it("blocks, bare and in Hadoop's frames", () => {
    expect(Buffer.from(decompressLz4(block, 17)).toString()).toBe(text);
    expect(Buffer.from(decompressHadoopLz4(block, 17)).toString()).toBe(text);
    const frame = new Uint8Array([0, 0, 0, 17, 0, 0, 0, block.length, ...block]);
    expect(Buffer.from(decompressHadoopLz4(new Uint8Array([...frame, ...frame]), 34)).toString()).toBe(
      text + text,
    );
  });

  it("a block cut anywhere, or of another length than said, is an error and not zeros", () => {
    for (let cut = 0; cut < block.length; cut++)
      expect(() => decompressLz4(block.subarray(0, cut), 17)).toThrow(RangeError);
    for (const length of [0, 5, 16, 18, 100]) expect(() => decompressLz4(block, length)).toThrow(RangeError);
    expect(() => decompressLz4(new Uint8Array([0x15, 97, 2, 0, 0x10, 98]), 11)).toThrow(/from 2 back/);
  });
});

describe("the bounds of metadata", () => {
  it("finds the end of a struct, and refuses what would not end", () => {
    // {1: i32 5, 2: "ab", 3: [true, false], 4: {1: double}}
    const whole = [0x15, 10, 0x18, 2, 97, 98, 0x19, 0x21, 1, 2, 0x1c, 0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    expect(thriftStructEnd(Uint8Array.from([...whole, 77]), 0)).toBe(whole.length);
    for (let cut = 0; cut < whole.length; cut++) {
      expect(() => thriftStructEnd(Uint8Array.from(whole.slice(0, cut)), 0)).toThrow(RangeError);
    }
    expect(() => thriftStructEnd(new Uint8Array(1000).fill(0x1c), 0)).toThrow(/deep/);
    expect(() => thriftStructEnd(Uint8Array.from([0x15, ...new Uint8Array(1e6).fill(0x80)]), 0)).toThrow(
      /64 bits/,
    );
    expect(() => thriftStructEnd(Uint8Array.from([0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 15, 0]), 0)).toThrow(
      /list/,
    );
  });
});
