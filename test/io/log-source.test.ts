import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { parquetWriteFile } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { UnbatchError } from "../../src/core/errors.js";
import { openLog } from "../../src/io/log-source.js";
import { temporaryFolder } from "../support/cli.js";
import { readColumns, type Value, writeParquet } from "../support/parquet.js";

const root = temporaryFolder();
let made = 0;

/** A new folder with these files, each of columns of integers (numbers) or texts. */
function logOf(files: Record<string, Record<string, Value[]>>, rowGroupSize = 100): string {
  const folder = join(root, `log${made++}`);
  for (const [name, columns] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    const sources = Object.entries(columns).map(([column, data]) => ({
      name: column,
      data,
      type: typeof data[0] === "string" ? ("STRING" as const) : ("INT32" as const),
    }));
    writeParquet(join(folder, name), sources, { rowGroupSize });
  }
  return folder;
}

async function errorOf(work: () => Promise<unknown>): Promise<UnbatchError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof UnbatchError) return error;
    throw error;
  }
  throw new Error("there was no error");
}

const readAll = async (paths: string[], names: string[]): Promise<Record<string, Value[]>> =>
  readColumns(await openLog(paths), names);

describe("which files a log is", () => {
  it("finds them at any depth in byte order of their paths, and skips hidden and marked names", async () => {
    const one = (id: number) => ({ id: [id] });
    const folder = logOf({
      "b.parquet": one(3),
      "a/z.parq": one(1),
      "a-b.parquet": one(0),
      "a/é.PARQUET": one(2),
      ".hidden.parquet": one(9),
      "_temporary/part.parquet": one(9),
      "_metadata.parquet": one(9),
    });
    writeFileSync(join(folder, "_SUCCESS"), "");
    writeFileSync(join(folder, "notes.txt"), "not a log");
    expect((await readAll([folder], ["id"]))["id"]).toEqual([0, 1, 2, 3]);
  });

  it("reads a file once however often it is named", async () => {
    const folder = logOf({ "a.parquet": { id: [1, 2] } });
    expect(
      (await readAll([folder, join(folder, "a.parquet"), `${folder}/./a.parquet`], ["id"]))["id"],
    ).toEqual([1, 2]);
  });

  it("does not follow links to folders", async () => {
    const folder = logOf({ "day/a.parquet": { id: [1] } });
    symlinkSync(join(folder, "day"), join(folder, "latest"));
    expect((await readAll([folder], ["id"]))["id"]).toEqual([1]);
  });
});

describe("Hive partitions", () => {
  it("are constant text columns, decoded; a column of the same name wins; null is null", async () => {
    const folder = logOf({
      "month=2013-04/city=Z%C3%BCrich%2F1/a.parquet": { id: [1, 2], month: [4, 4] },
      "month=2013-05/city=__HIVE_DEFAULT_PARTITION__/a.parquet": { id: [3], month: [5] },
    });
    const source = await openLog([folder]);
    const { columns, files } = await source.describe();
    expect(columns).toEqual([
      { name: "id", type: "integer", physicalType: "INT32" },
      { name: "month", type: "integer", physicalType: "INT32" },
      { name: "city", type: "text", physicalType: "partition" },
    ]);
    expect(files[0]?.partition).toEqual({ month: "2013-04", city: "Zürich/1" });
    expect(await readColumns(source, ["city", "month", "id"])).toEqual({
      id: [1, 2, 3],
      month: [4, 4, 5],
      city: ["Zürich/1", "Zürich/1", null],
    });
  });

  it("a key that only some files have is left out, and asking for it names both", async () => {
    const folder = logOf({ "day=1/a.parquet": { id: [1] }, "rest/a.parquet": { id: [2] } });
    const source = await openLog([folder]);
    expect((await source.describe()).columns.map(({ name }) => name)).toEqual(["id"]);
    const error = await errorOf(() => readColumns(source, ["day"]));
    expect(error.message).toContain("rest/a.parquet");
    expect(error.message).toContain("day=1/a.parquet");
  });

  it("columns and keys called like a property of every object are columns like any other", async () => {
    const folder = logOf({ "valueOf=7/a.parquet": { constructor: [5] } });
    const read = await readAll([folder], ["constructor", "valueOf"]);
    expect([read["constructor"], read["valueOf"]]).toEqual([[5], ["7"]]);
    const error = await errorOf(() => readAll([folder], ["toString"]));
    expect(error.message).toContain('no column "toString"');
  });
});

describe("any cut of a table into files and row groups", () => {
  it("reads back the same values in the same order, at the stated positions", async () => {
    const row = fc.record({
      id: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      name: fc.option(fc.string({ maxLength: 4 })),
    });
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 10, maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 25 }),
        async (rows, cuts, rowGroupSize) => {
          const folder = join(root, `cut${made++}`);
          mkdirSync(folder);
          for (let from = 0, file = 0; from < rows.length; file++) {
            const part = rows.slice(from, from + (cuts[file % cuts.length] ?? 1));
            writeParquet(
              join(folder, `part-${String(file).padStart(5, "0")}.parquet`),
              [
                { name: "id", data: part.map(({ id }) => id), type: "INT32" },
                { name: "name", data: part.map(({ name }) => name), type: "STRING" },
              ],
              { rowGroupSize, pageSize: 64 },
            );
            from += part.length;
          }
          const source = await openLog([folder]);
          expect(await readColumns(source, ["name", "id"])).toEqual({
            id: rows.map(({ id }) => id),
            name: rows.map(({ name }) => name),
          });
          const { files, rows: total } = await source.describe();
          expect(total).toBe(rows.length);
          for await (const { file, rowGroup, firstRow, rows: count } of source.read(["id"])) {
            const groups = files[file]?.rowGroups ?? [];
            expect(count).toBe(groups[rowGroup]?.rows);
            expect(firstRow).toBe(groups.slice(0, rowGroup).reduce((sum, group) => sum + group.rows, 0));
            seen += count;
          }
        },
      ),
      { numRuns: 60 },
    );
    expect(seen).toBeGreaterThan(500);
  });
});

describe("what is wrong with a log", () => {
  const columns = { rating: [1, 2], user_id: [3, 4], rated_at: [5, 6] };

  it("a column that is not there: the nearest name, and all names", async () => {
    const folder = logOf({ "a.parquet": columns });
    const { parts, exitCode } = await errorOf(() => readAll([folder], ["user_di"]));
    expect(exitCode).toBe(2);
    expect(parts.where).toBe(join(folder, "a.parquet"));
    expect(parts.found).toBe('no column "user_di"');
    expect(parts.expected).toBe('"user_id"? The log has rating, user_id, rated_at');
    expect(parts.next).toContain("unbatch inspect");
  });

  it("a column that only some files have, or has two types: both files and both types", async () => {
    const folder = logOf({ "a.parquet": columns, "b.parquet": { rating: ["x"], user_id: [1] } });
    const source = await openLog([folder]);
    expect((await source.describe()).columns.map(({ name }) => name)).toEqual(["rating", "user_id"]);
    expect((await readColumns(source, ["user_id"]))["user_id"]).toEqual([3, 4, 1]);
    const types = await errorOf(() => readColumns(source, ["rating"]));
    expect(types.parts.where).toBe(join(folder, "b.parquet"));
    expect(types.parts.found).toBe('column "rating" is text (BYTE_ARRAY UTF8)');
    expect(types.parts.expected).toContain(`integer (INT32), as in ${join(folder, "a.parquet")}`);
    const missing = await errorOf(() => readColumns(source, ["rated_at"]));
    expect(missing.parts.where).toBe(join(folder, "b.parquet"));
    expect(missing.parts.expected).toContain(`integer (INT32), as in ${join(folder, "a.parquet")}`);
  });

  it("nothing there, nothing in it, no rows", async () => {
    const missing = await errorOf(() => openLog([join(root, "nowhere.parquet")]));
    expect(missing.parts).toMatchObject({
      where: join(root, "nowhere.parquet"),
      found: "no such file or folder",
    });
    const empty = join(root, "empty");
    mkdirSync(empty);
    expect((await errorOf(() => openLog([empty]))).message).toContain("without Parquet files");
    const folder = join(root, "no-rows");
    mkdirSync(folder);
    for (const name of ["a.parquet", "b.parquet"]) {
      writeParquet(join(folder, name), [{ name: "id", data: [], type: "INT32" }]);
    }
    const { parts, exitCode } = await errorOf(() => openLog([folder]));
    expect([parts.found, exitCode]).toEqual(["0 rows in 2 files", 2]);
  });

  it("a nested column is described, and refused when asked for", async () => {
    const path = join(root, "nested.parquet");
    const group = { name: "tags", repetition_type: "OPTIONAL", num_children: 1 } as const;
    parquetWriteFile({
      filename: path,
      schema: [
        { name: "root", num_children: 2 },
        { name: "id", type: "INT32", repetition_type: "REQUIRED" },
        group,
        { name: "first", type: "INT32", repetition_type: "OPTIONAL" },
      ],
      columnData: [
        { name: "id", data: [1, 2] },
        { name: "tags", data: [{ first: 7 }, {}] },
      ],
    });
    const source = await openLog([path]);
    expect((await source.describe()).columns[1]).toEqual({
      name: "tags",
      type: "unsupported",
      physicalType: "group",
    });
    expect((await errorOf(() => readColumns(source, ["tags"]))).message).toContain("flat column");
    expect((await readColumns(source, ["id"]))["id"]).toEqual([1, 2]);
  });
});
