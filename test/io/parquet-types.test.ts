import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openLog } from "../../src/io/log-source.js";
import { type LogicalType, logicalType } from "../../src/io/parquet/logical-type.js";
import { temporaryFolder } from "../support/cli.js";
import { readColumns, writeParquet } from "../support/parquet.js";

const folder = temporaryFolder();

describe("what a type becomes", () => {
  it("integers, booleans, floats, texts and times, with and without nulls", async () => {
    const path = join(folder, "types.parquet");
    writeParquet(path, [
      { name: "int32", data: [1, -2, 2147483647, null], type: "INT32" },
      { name: "int64", data: [1n, -2n, 9007199254740991n, null], type: "INT64" },
      { name: "flag", data: [true, false, null, true], type: "BOOLEAN" },
      { name: "float", data: [0.5, -1.25, null, Number.POSITIVE_INFINITY], type: "FLOAT" },
      { name: "double", data: new Float64Array([0.1, Number.NaN, -0, 1e300]), nullable: false },
      { name: "text", data: ["a", "", null, "żółw 🐢"], type: "STRING" },
      { name: "time", data: [new Date(0), new Date(1365182279123), null, new Date(-1)], type: "TIMESTAMP" },
      {
        name: "uuid",
        data: ["00112233-4455-6677-8899-aabbccddeeff", null, null, "ffffffff-ffff-ffff-ffff-ffffffffffff"],
        type: "UUID",
      },
      { name: "half", data: [1.5, null, -0.25, 65504], type: "FLOAT16" },
    ]);
    const source = await openLog([path]);
    const { columns } = await source.describe();
    expect(Object.fromEntries(columns.map(({ name, type }) => [name, type]))).toEqual({
      int32: "integer",
      int64: "integer",
      flag: "boolean",
      float: "float",
      double: "float",
      text: "text",
      time: "timestamp",
      uuid: "text",
      half: "float",
    });
    expect(
      await readColumns(
        source,
        columns.map(({ name }) => name),
      ),
    ).toEqual({
      int32: [1, -2, 2147483647, null],
      int64: [1, -2, 9007199254740991, null],
      flag: [1, 0, null, 1],
      float: [0.5, -1.25, null, Number.POSITIVE_INFINITY],
      double: [0.1, Number.NaN, -0, 1e300],
      text: ["a", "", null, "żółw 🐢"],
      time: [0, 1365182279123000, null, -1000],
      uuid: ["00112233-4455-6677-8899-aabbccddeeff", null, null, "ffffffff-ffff-ffff-ffff-ffffffffffff"],
      half: [1.5, null, -0.25, 65504],
    });
  });

  it("integers beyond 2^53 become digits in the row group that has them, and are numbers in the others", async () => {
    const path = join(folder, "wide.parquet");
    const data = [1n, 2n, 9007199254740993n, -9007199254740995n, 5n, null];
    writeParquet(path, [{ name: "id", data, type: "INT64" }], { rowGroupSize: 2 });
    const source = await openLog([path]);
    const kinds: string[] = [];
    for await (const { columns } of source.read(["id"])) kinds.push(columns.get("id")?.kind ?? "none");
    expect(kinds).toEqual(["number", "text", "number"]);
    expect((await readColumns(source, ["id"]))["id"]).toEqual([
      1,
      2,
      "9007199254740993",
      "-9007199254740995",
      5,
      null,
    ]);
  });

  it("texts are the same in every encoding, across pages; those of a dictionary stand once", async () => {
    const path = join(folder, "distinct.parquet");
    const data = Array.from({ length: 3000 }, (_, row) => `user ${row % 7}`);
    for (const encoding of [
      "PLAIN",
      "RLE_DICTIONARY",
      "DELTA_BYTE_ARRAY",
      "DELTA_LENGTH_BYTE_ARRAY",
    ] as const) {
      writeParquet(path, [{ name: "user", data, encoding }], { pageSize: 500 });
      for await (const { columns } of (await openLog([path])).read(["user"])) {
        const column = columns.get("user");
        const distinct = column?.kind === "text" ? [...column.distinct].sort() : [];
        expect([...new Set(distinct)]).toEqual(data.slice(0, 7));
        if (encoding === "RLE_DICTIONARY") expect(distinct).toHaveLength(7);
      }
      expect((await readColumns(await openLog([path]), ["user"]))["user"]).toEqual(data);
    }
  });
});

describe("exact arithmetic", () => {
  const must = (type: LogicalType | undefined): LogicalType => {
    if (type === undefined) throw new Error("no such type");
    return type;
  };

  it("nanoseconds are floored to microseconds, as in integers", () => {
    const { ofHalves } = must(
      logicalType({
        name: "t",
        type: "INT64",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "NANOS" },
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (nanos) => {
        const floor = nanos / 1000n - (nanos % 1000n < 0n ? 1n : 0n);
        const low = Number(BigInt.asUintN(32, nanos));
        expect(ofHalves?.(low, Number(nanos >> 32n))).toBe(Number(floor));
      }),
    );
  });

  it("decimals of any length and sign are the double nearest to digits / 10^scale", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
        fc.integer({ min: 0, max: 15 }),
        (digits, scale) => {
          const expected = Number(`${digits}e-${scale}`);
          for (const length of [7, 8, 12, 16]) {
            const { numberOfBytes } = must(
              logicalType({
                name: "d",
                type: "FIXED_LEN_BYTE_ARRAY",
                type_length: length,
                converted_type: "DECIMAL",
                scale,
              }),
            );
            const hex = BigInt.asUintN(8 * length, digits)
              .toString(16)
              .padStart(2 * length, "0");
            expect(numberOfBytes?.(Buffer.from(hex, "hex"))).toBe(expected === 0 ? 0 : expected);
          }
          const { convert } = must(
            logicalType({ name: "d", type: "INT64", converted_type: "DECIMAL", scale }),
          );
          expect(convert?.(Number(digits))).toBe(expected === 0 ? 0 : expected);
        },
      ),
    );
  });

  it("short decimals too: two bytes of -1 at scale 2", () => {
    const type = logicalType({ name: "d", type: "BYTE_ARRAY", converted_type: "DECIMAL", scale: 2 });
    expect(type?.numberOfBytes?.(new Uint8Array([255, 255]))).toBe(-0.01);
    expect(type?.numberOfBytes?.(new Uint8Array([57]))).toBe(0.57);
  });
});
