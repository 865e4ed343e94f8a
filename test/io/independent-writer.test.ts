import { join } from "node:path";
import { ParquetSchema, ParquetWriter } from "parquetjs-lite";
import { expect, it } from "vitest";
import { openLog } from "../../src/io/log-source.js";
import { temporaryFolder } from "../support/cli.js";

it("reads what another writer wrote: types, nulls, row groups, gzip", async () => {
  const path = join(temporaryFolder(), "other.parquet");
  const schema = new ParquetSchema({
    user: { type: "UTF8", compression: "GZIP" },
    at: { type: "TIMESTAMP_MILLIS" },
    clicks: { type: "INT32", optional: true },
    price: { type: "DOUBLE", compression: "SNAPPY" },
    seen: { type: "BOOLEAN" },
  });
  const rows = Array.from({ length: 500 }, (_, row) => ({
    user: `user ${row % 37}`,
    at: new Date(1_700_000_000_000 + row * 1000),
    ...(row % 5 === 0 ? {} : { clicks: row - 250 }),
    price: row / 7,
    seen: row % 3 === 0,
  }));
  const writer = await ParquetWriter.openFile(schema, path);
  writer.setRowGroupSize(200);
  for (const row of rows) await writer.appendRow(row);
  await writer.close();

  const source = await openLog([path]);
  const { columns, rows: count } = await source.describe();
  expect(count).toBe(500);
  expect(columns.map(({ name, type }) => [name, type])).toEqual([
    ["user", "text"],
    ["at", "timestamp"],
    ["clicks", "integer"],
    ["price", "float"],
    ["seen", "boolean"],
  ]);
  const read: unknown[] = [];
  for await (const block of source.read(columns.map(({ name }) => name))) {
    for (let row = 0; row < block.rows; row++) {
      const value = (name: string): string | number | undefined => {
        const column = block.columns.get(name);
        return column?.kind === "text" ? column.distinct[column.codes[row] ?? -1] : column?.values[row];
      };
      const clicks = value("clicks");
      read.push({
        user: value("user"),
        at: new Date(Number(value("at")) / 1000),
        ...(Number.isNaN(clicks) ? {} : { clicks }),
        price: value("price"),
        seen: value("seen") === 1,
      });
    }
  }
  expect(read).toEqual(rows);
});
