import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { SchemaElement } from "hyparquet";
import { parquetWriteFile } from "hyparquet-writer";
import { ParquetSchema, ParquetWriter } from "parquetjs-lite";
import { describe, expect, it } from "vitest";
import { UnbatchError } from "../../src/core/errors.js";
import { seededRandom } from "../../src/core/random.js";
import { openLog } from "../../src/io/log-source.js";
import { listLayout } from "../../src/io/parquet/list-layout.js";
import { readLevelledPage } from "../../src/io/parquet/list-levels.js";
import { temporaryFolder } from "../support/cli.js";
import { readColumns } from "../support/parquet.js";

const path = join(temporaryFolder(), "lists.parquet");

/** A LIST group; `isOptional`: of the list, and of each value. */
function schemaOf(
  type: "text" | "integer" | "float",
  [list, value]: readonly [boolean, boolean],
): SchemaElement[] {
  const element: Partial<SchemaElement> =
    type === "text"
      ? { type: "BYTE_ARRAY", converted_type: "UTF8" }
      : { type: type === "integer" ? "INT64" : "DOUBLE" };
  const repetition = (isOptional: boolean) => (isOptional ? "OPTIONAL" : "REQUIRED");
  return [
    { name: "root", num_children: 1 },
    { name: "tags", repetition_type: repetition(list), converted_type: "LIST", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", repetition_type: repetition(value), ...element },
  ];
}

const values = {
  text: fc.constantFrom("", "a", "bb", "żółw", "a longer text that takes more of a page"),
  integer: fc.bigInt({ min: -(2n ** 53n) + 1n, max: 2n ** 53n - 1n }),
  float: fc.double({ noNaN: true }),
};

describe("columns of lists", () => {
  it("are read as they were written: any type, length, page and row group, with and without nulls", async () => {
    const seen = { lists: 0, values: 0, nulls: 0, empty: 0 };
    const drawn = fc.constantFrom("text" as const, "integer" as const, "float" as const).chain((type) =>
      fc.record({
        type: fc.constant(type),
        lists: fc.array(
          fc.option(
            fc.array(fc.option<string | bigint | number>(values[type], { freq: 4 }), { maxLength: 5 }),
            {
              freq: 6,
            },
          ),
          { minLength: 1, maxLength: 60 },
        ),
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        drawn,
        fc.tuple(fc.boolean(), fc.boolean()),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(16, 100, 1e6),
        fc.constantFrom("SNAPPY" as const, "UNCOMPRESSED" as const),
        fc.integer({ min: 1, max: 20 }),
        async ({ type, lists }, isOptional, rowGroupSize, pageSize, codec, rowsAtOnce) => {
          const data = lists.map((list) => {
            if (list === null) return isOptional[0] ? null : [];
            return isOptional[1] ? list : list.filter((value) => value !== null);
          });
          parquetWriteFile({
            filename: path,
            schema: schemaOf(type, isOptional),
            columnData: [{ name: "tags", data }],
            ...{ rowGroupSize, pageSize, codec },
          });
          const source = await openLog([path]);
          expect((await source.describe()).columns).toMatchObject([
            { name: "tags", type: `list of ${type}` },
          ]);
          const expected = data.map(
            (list) => list?.map((value) => (typeof value === "bigint" ? Number(value) : value)) ?? null,
          );
          expect((await readColumns(source, ["tags"], rowsAtOnce))["tags"]).toEqual(expected);
          for (const list of expected) {
            if (list === null) seen.nulls += 1;
            else if (list.length === 0) seen.empty += 1;
            else seen.lists += 1;
            seen.values += list?.length ?? 0;
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(seen.values).toBeGreaterThan(1000);
    expect(Math.min(seen.nulls, seen.empty, seen.lists)).toBeGreaterThan(100);
  });

  it("of integers beyond 2^53 hold digits", async () => {
    parquetWriteFile({
      filename: path,
      schema: schemaOf("integer", [true, true]),
      columnData: [{ name: "tags", data: [[9007199254740993n, 1n], null, [null]] }],
    });
    const read = await readColumns(await openLog([path]), ["tags"]);
    expect(read["tags"]).toEqual([["9007199254740993", "1"], null, [null]]);
  });

  it("of another writer: repeated columns, row groups, gzip", async () => {
    const schema = new ParquetSchema({
      tags: { type: "UTF8", repeated: true, compression: "GZIP" },
      clicks: { type: "INT32", repeated: true },
    });
    const rows = Array.from({ length: 300 }, (_, row) => ({
      tags: Array.from({ length: row % 4 }, (_, at) => `tag ${(row * 7 + at) % 13}`),
      clicks: Array.from({ length: row % 3 }, (_, at) => row - at),
    }));
    const writer = await ParquetWriter.openFile(schema, path);
    writer.setRowGroupSize(110);
    for (const row of rows) await writer.appendRow(row);
    await writer.close();
    const source = await openLog([path]);
    expect((await source.describe()).columns.map(({ type, physicalType }) => [type, physicalType])).toEqual([
      ["list of text", "LIST of BYTE_ARRAY UTF8"],
      ["list of integer", "LIST of INT32"],
    ]);
    expect(await readColumns(source, ["tags", "clicks"])).toEqual({
      tags: rows.map(({ tags }) => tags),
      clicks: rows.map(({ clicks }) => clicks),
    });
  });

  it("with bytes changed at random: lists that add up, or an UnbatchError", async () => {
    const data = Array.from({ length: 60 }, (_, row) =>
      row % 7 === 0 ? null : Array.from({ length: row % 5 }, (_, at) => (at === 3 ? null : `tag ${at}`)),
    );
    parquetWriteFile({
      filename: path,
      schema: schemaOf("text", [true, true]),
      columnData: [{ name: "tags", data }],
      ...{ rowGroupSize: 25, pageSize: 60 },
    });
    const good = readFileSync(path);
    const random = seededRandom(3);
    const outcomes = { read: 0, refused: 0 };
    for (let round = 0; round < 1500; round++) {
      const bytes = Uint8Array.from(good);
      for (let change = 0; change < 1 + (round % 3); change++)
        bytes[Math.floor(random.uniform() * bytes.length)] = Math.floor(random.uniform() * 256);
      writeFileSync(path, bytes);
      try {
        const source = await openLog([path]);
        const { columns } = await source.describe();
        // readColumns holds the offsets to the values, and the lists to the rows.
        await readColumns(
          source,
          columns.flatMap(({ name, type }) => (type === "unsupported" ? [] : [name])),
        );
        outcomes.read += 1;
      } catch (error) {
        if (!(error instanceof UnbatchError)) throw error;
        outcomes.refused += 1;
      }
    }
    expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(100);
  });

  it("of lists, of groups and of one-field groups called array are not read", async () => {
    const list = {
      name: "tags",
      repetition_type: "OPTIONAL",
      converted_type: "LIST",
      num_children: 1,
    } as const;
    const leaf = { type: "INT32", repetition_type: "OPTIONAL" } as const;
    const typeOf = async (schema: SchemaElement[], data: unknown[]): Promise<string | undefined> => {
      parquetWriteFile({
        filename: path,
        schema: [{ name: "root", num_children: 1 }, ...schema],
        columnData: [{ name: "tags", data }],
      });
      return (await (await openLog([path])).describe()).columns[0]?.type;
    };
    const repeated = (name: string, children: number): SchemaElement => ({
      name,
      repetition_type: "REPEATED",
      num_children: children,
    });
    expect(await typeOf([list, repeated("list", 1), { name: "element", ...leaf }], [[1]])).toBe(
      "list of integer",
    );
    expect(
      await typeOf(
        [
          list,
          repeated("list", 1),
          { ...list, name: "element" },
          repeated("list", 1),
          { name: "element", ...leaf },
        ],
        [[[1]]],
      ),
    ).toBe("unsupported");
    expect(
      await typeOf(
        [
          list,
          repeated("list", 1),
          { name: "element", repetition_type: "OPTIONAL", num_children: 1 },
          { name: "a", ...leaf },
        ],
        [[{ a: 1 }]],
      ),
    ).toBe("unsupported");
    expect(await typeOf([list, repeated("array", 1), { name: "element", ...leaf }], [[1]])).toBe(
      "unsupported",
    );
    expect(await typeOf([list, repeated("tags_tuple", 1), { name: "element", ...leaf }], [[1]])).toBe(
      "unsupported",
    );
  });
});

describe("levels of lists", () => {
  it("of older files: a LIST group around the repeated value, and a repeated column by itself", () => {
    const value = { name: "array", type: "INT32", repetition_type: "REPEATED" } as const;
    const leaf = { element: value, children: [], count: 1, path: [] };
    for (const [repetition_type, emptyLevel] of [
      ["OPTIONAL", 1],
      ["REQUIRED", 0],
    ] as const) {
      const element = { name: "tags", repetition_type, converted_type: "LIST" } as const;
      expect(listLayout({ element, children: [leaf], count: 2, path: [] })).toMatchObject({
        path: ["tags", "array"],
        ...{ emptyLevel, valueLevel: emptyLevel + 1 },
      });
    }
    expect(listLayout(leaf)).toMatchObject({ path: ["array"], emptyLevel: 0, valueLevel: 1 });
  });

  const page = (bytes: number[], count: number, encoding: "RLE" | "BIT_PACKED") => {
    const header = {
      type: "DATA_PAGE" as const,
      uncompressed_page_size: bytes.length,
      compressed_page_size: bytes.length,
      data_page_header: {
        num_values: count,
        encoding: "PLAIN" as const,
        definition_level_encoding: encoding,
        repetition_level_encoding: encoding,
      },
    };
    return () => readLevelledPage(header, Uint8Array.from(bytes), 3, (body) => body);
  };

  it("in the old BIT_PACKED encoding stand most significant bit first, without their length", () => {
    const { repetition, definition, bytes } = page(
      [0b01011000, 0b11_10_01_00, 0b11_000000, 42],
      5,
      "BIT_PACKED",
    )();
    expect([...repetition]).toEqual([0, 1, 0, 1, 1]);
    expect([...definition]).toEqual([3, 2, 1, 0, 3]);
    expect([...bytes]).toEqual([42]);
  });

  it("that end early, are too high or too long are refused", () => {
    expect(page([0b01011000, 0b11_10_01_00], 5, "BIT_PACKED")).toThrow("levels end early");
    expect(page([2, 0, 0, 0, 10, 0, 2, 0, 0, 0, 10, 3], 5, "RLE")).not.toThrow();
    expect(page([2, 0, 0, 0, 10, 2, 2, 0, 0, 0, 10, 3], 5, "RLE")).toThrow("a level of 2 where 1");
    expect(page([2, 0, 0, 0, 10, 0, 3, 0, 0, 0, 10, 3], 5, "RLE")).toThrow("levels of 3 bytes");
    expect(page([2, 0, 0], 5, "RLE")).toThrow("levels end early");
  });
});
