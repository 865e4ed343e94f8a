import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { expect, it } from "vitest";
import { openLog } from "../../src/io/log-source.js";
import { type OutputColumn, writeParquet } from "../../src/io/parquet-writer.js";
import { temporaryFolder } from "../support/cli.js";
import { readColumns } from "../support/parquet.js";

const root = temporaryFolder();
const rows = 2500;
const index = Array.from({ length: rows }, (_, row) => row);
const columns: OutputColumn[] = [
  { name: "file", kind: "text", values: index.map((row) => `part ${row % 3} ü`) },
  { name: "row", kind: "integer", values: Int32Array.from(index, (row) => row - 1000) },
  { name: "shown_at", kind: "timestamp", values: Float64Array.from(index, (row) => 1.4e15 + row * 1001) },
  { name: "score", kind: "double", values: Float64Array.from(index, (row) => Math.sin(row) * 1e-7) },
];
const expected = Object.fromEntries(columns.map(({ name, values }) => [name, Array.from<unknown>(values)]));

it("what is written is read back, in row groups of the size asked for", async () => {
  const path = join(root, "scores.parquet");
  writeParquet(path, columns, 1000);
  const source = await openLog([path]);
  const { files } = await source.describe();
  expect(files[0]?.rowGroups.map((group) => group.rows)).toEqual([1000, 1000, 500]);
  expect(await readColumns(source, Object.keys(expected))).toEqual(expected);
});

it("another reader finds the same", async () => {
  const path = join(root, "others.parquet");
  writeParquet(path, columns, 1000);
  const read = await parquetReadObjects({ file: await asyncBufferFromFile(path), compressors });
  expect(read).toHaveLength(rows);
  read.forEach((row, at) => {
    const micros = (row["shown_at"] as Date).getTime() * 1000;
    expect([row["file"], row["row"], row["score"]]).toEqual(
      ["file", "row", "score"].map((name) => expected[name]?.[at]),
    );
    expect(micros).toBe(Math.floor(Number(expected["shown_at"]?.[at]) / 1000) * 1000);
  });
});

it("no rows are a file all the same, and a folder that is not there is one error", () => {
  const none: OutputColumn[] = [{ name: "score", kind: "double", values: new Float64Array(0) }];
  expect(() => writeParquet(join(root, "none.parquet"), none, 100)).not.toThrow();
  expect(() => writeParquet(join(root, "gone/none.parquet"), none, 100)).toThrow(/no such file or folder/);
});
