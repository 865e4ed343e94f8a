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

/** Rows whose lists are drawn from the first of these tags, with a click where one of them is pie. */
function writeLog(path: string, tags: readonly string[]): void {
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  const lists = rows.map((row) => (row % 10 === 9 ? null : tags.slice(0, row % 4)));
  parquetWriteFile({
    filename: path,
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
      { name: "tags", data: lists },
      { name: "genres", data: rows.map((row) => (row % 2 === 0 ? "drama|crime" : "drama")) },
      { name: "clicked", data: lists.map((list) => (list?.includes("pie") ? 1 : 0)) },
    ],
    rowGroupSize: 70,
  });
}

beforeAll(() => writeLog(log, TAGS));

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

  it("is compared with another by the values of its lists", async () => {
    const other = join(work, "other.parquet");
    writeLog(other, ["fig", "tea", "jam"]);
    const config = join(work, "drift.yaml");
    writeFileSync(
      config,
      `version: 1
log: { time: shown_at }
features:
  - { name: tags, encoder: { kind: vocabulary }, bag: mean }
  - { name: genres, encoder: { kind: vocabulary }, bag: { combine: mean, split: "|" } }
`,
    );
    const { code, stdout, stderr } = await inProcess([
      ...["drift", log, "--current", other, "--config", config, "--json", "--quiet"],
    ]);
    expect(code, stderr).toBe(0);
    const { comparisons } = JSON.parse(stdout) as {
      comparisons: { features: { name: string; verdict: string; rows: object; categorical: object }[] }[];
    };
    // 270 lists of no, one, two or three tags; half of the genres' texts hold two.
    expect(comparisons[0]?.features).toMatchObject([
      {
        ...{ name: "tags", verdict: "drift", rows: { reference: 390, current: 390 } },
        categorical: { appeared: { examples: ["fig"] }, vanished: { examples: ["pie"] } },
      },
      { name: "genres", verdict: "stable", rows: { reference: 450, current: 450 } },
    ]);
  });

  it("has labels of one value a row", async () => {
    const config = join(work, "label.yaml");
    writeFileSync(config, 'version: 1\nlog: { time: shown_at, label: tags == "pie" }\n');
    const { code, stderr } = await inProcess(["inspect", log, "--config", config]);
    expect(code).toBe(2);
    expect(stderr).toContain("column tags, a list of text");
    const drift = await inProcess(["drift", log, "--current", log, "--config", config]);
    expect([drift.code, drift.stdout]).toEqual([
      0,
      expect.stringMatching(/tags +390 +390.*\n[\s\S]*label +no-column/),
    ]);
  });
});
