import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetWriteFile } from "hyparquet-writer";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/cli.js";
import { inProcess } from "../support/in-process.js";

const work = temporaryFolder();
const log = join(work, "log.parquet");
const yaml = join(work, "unbatch.yaml");
const ROWS = 300;
const TAGS = ["tea", "pie", "jam"];

beforeAll(() => {
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  const tags = rows.map((row) => (row % 10 === 9 ? null : TAGS.slice(0, row % 4)));
  parquetWriteFile({
    filename: log,
    schema: [
      { name: "root", num_children: 4 },
      { name: "shown_at", type: "INT64", converted_type: "TIMESTAMP_MICROS", repetition_type: "REQUIRED" },
      { name: "tags", repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
      { name: "genres", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
      { name: "clicked", type: "INT32", repetition_type: "REQUIRED" },
    ],
    columnData: [
      { name: "shown_at", data: rows.map((row) => BigInt(Date.UTC(2024, 0, 1) + row * 3_600_000) * 1000n) },
      { name: "tags", data: tags },
      { name: "genres", data: rows.map((row) => (row % 2 === 0 ? "drama|crime" : "drama")) },
      { name: "clicked", data: tags.map((list) => (list?.includes("pie") ? 1 : 0)) },
    ],
    rowGroupSize: 70,
  });
});

describe("a log with a column of lists", () => {
  it("is inspected: values, nulls and lengths of the lists", async () => {
    const { code, stdout, stderr } = await inProcess(["inspect", log]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /tags +list of text +LIST of BYTE_ARRAY UTF8 +3 +30 +0 to 3 values \(mean 1\.44\): tea, pie, jam/,
    );
    const { columns } = JSON.parse((await inProcess(["inspect", log, "--json"])).stdout) as {
      columns: { name: string; type: string; nulls: number; lengths?: object }[];
    };
    expect(columns[1]).toMatchObject({
      ...{ name: "tags", type: "list of text", nulls: 30, distinct: 3, examples: TAGS },
      lengths: { min: 0, max: 3, mean: expect.closeTo(1.444, 3) },
    });
    expect(columns.filter(({ lengths }) => lengths !== undefined)).toHaveLength(1);
  });

  it("gets a bag in what init proposes, which is learned and replayed", async () => {
    const init = await inProcess(["init", log, "--out", yaml, "--cut-off", "2024-01-05", "--quiet"]);
    expect(init.code, init.stderr).toBe(0);
    const text = readFileSync(yaml, "utf8");
    expect(text).toMatch(/name: tags\n.*\n {4}encoder: { kind: vocabulary, unknown: grow }.*\n {4}bag: mean/);
    writeFileSync(
      yaml,
      text.replace(/(name: genres\n.*\n.*\n)/, '$1    bag: { combine: mean, split: "|" }\n'),
    );
    const model = join(work, "model");
    const converted = await inProcess(["convert", "--out", model, "--config", yaml]);
    expect(converted.code, converted.stderr).toBe(0);
    const run = await inProcess([
      ...["replay", model, log, "--out", join(work, "run"), "--config", yaml, "--json", "--quiet"],
    ]);
    expect(run.code, run.stderr).toBe(0);
    const { kernel, ledger } = JSON.parse(run.stdout) as { kernel: string; ledger: { learned: number } };
    expect([kernel, ledger.learned]).toEqual(["plain", ROWS]);
  });
});
