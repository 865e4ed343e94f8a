import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeParquet } from "../../src/io/parquet-writer.js";
import { type SmallEvent, writeLog, YAML } from "../properties/small-log.js";
import { temporaryFolder, unbatch } from "../support/cli.js";

const work = temporaryFolder();
const config = join(work, "unbatch.yaml");
writeFileSync(config, YAML);
let made = 0;

function events(change: (event: SmallEvent) => SmallEvent = (event) => event): SmallEvent[] {
  return Array.from({ length: 200 }, (_, id) =>
    change({
      id,
      at: id * 3000,
      user: `u${id % 9}`,
      item: `i${id % 7}`,
      price: (id % 5) / 4,
      clicked: id % 2,
    }),
  );
}

const log = (list: SmallEvent[]): string => writeLog(join(work, `log-${made++}`), [list], 64);

/** compare on a log and a configuration: exit code and message; the output folder must not have been begun. */
async function compare(
  path: string,
  yaml?: string,
): Promise<{ code: number | null; stderr: string; stdout: string }> {
  const out = join(work, `out-${made++}`);
  const file = yaml === undefined ? config : join(work, `config-${made++}.yaml`);
  if (yaml !== undefined) writeFileSync(file, yaml);
  const finished = await unbatch(["compare", path, "--config", file, "--out", out, "--quiet", "--json"]);
  if (finished.code !== 0) {
    expect(readdirSync(work).filter((name) => name.startsWith(out.slice(work.length + 1)))).toEqual([]);
    expect(finished.stderr).not.toMatch(/\n\s+at /);
    expect(JSON.parse(finished.stdout)).toMatchObject({
      schema: "unbatch.error",
      version: 1,
      exitCode: finished.code,
    });
  }
  return finished;
}

describe("one clear error, nothing half-written", () => {
  it("for a misnamed column: the nearest name is offered", async () => {
    const { code, stderr } = await compare(log(events()), YAML.replace("label: clicked", "label: cliked"));
    expect(code).toBe(2);
    expect(stderr).toContain('no column "cliked"');
    expect(stderr).toContain('did you mean "clicked"');
    expect(stderr).toContain("next:");
  });

  it("for a label that is neither 0 nor 1", async () => {
    const { code, stderr } = await compare(
      log(events()),
      YAML.replace("label: clicked", "label: clicked + 1"),
    );
    expect(code).toBe(3);
    expect(stderr).toMatch(/label-not-binary: 100 \(first: .*part-0000\.parquet, row group 0, row 1\)/);
  });

  it("for infinite features, over the threshold", async () => {
    const { code, stderr } = await compare(
      log(events((event) => (event.id % 10 === 0 ? { ...event, price: Number.POSITIVE_INFINITY } : event))),
    );
    expect(code).toBe(3);
    expect(stderr).toContain("value-not-finite: 20");
    expect(stderr).toContain("log.maxRejected");
  });

  it("for negative and absurd times, over the threshold", async () => {
    const absurd = (event: SmallEvent): SmallEvent =>
      event.id % 20 === 0 ? { ...event, at: event.id % 40 === 0 ? -3e9 : 9e9 } : event;
    const { code, stderr } = await compare(log(events(absurd)));
    expect(code).toBe(3);
    expect(stderr).toContain("time-out-of-range: 10");
  });

  it("for a file that is cut off: exit 3", async () => {
    const path = log(events());
    const file = join(path, "part-0000.parquet");
    writeFileSync(file, readFileSync(file).subarray(0, 500));
    const { code, stderr } = await compare(path);
    expect(code).toBe(3);
    expect(stderr).toContain("part-0000.parquet");
    expect(stderr).toMatch(/cut off|whole/);
  });

  it("for a log without rows", async () => {
    const path = join(work, "empty.parquet");
    writeParquet(path, [{ name: "shown_at", kind: "timestamp", values: new Float64Array(0) }], 10);
    const { code, stderr } = await compare(path);
    expect(code).toBe(2);
    expect(stderr).toContain("0 rows");
  });

  it("for files whose schemas differ: both are named", async () => {
    const path = log(events());
    const other = join(path, "part-0001.parquet");
    const rows = 3;
    const text = (name: string) => ({
      name,
      kind: "text" as const,
      values: Array.from({ length: rows }, () => "x"),
    });
    const times = Float64Array.from({ length: rows }, (_, row) => 1.7e15 + row);
    writeParquet(
      other,
      [
        { name: "shown_at", kind: "timestamp", values: times },
        ...["user", "item", "price", "clicked"].map(text),
      ],
      10,
    );
    const { code, stderr } = await compare(path);
    expect(code).toBe(2);
    expect(stderr).toContain("part-0001.parquet");
    expect(stderr).toContain("part-0000.parquet");
  });

  it("for a path that is not there, and for a file of another kind", async () => {
    expect((await compare(join(work, "nowhere"))).code).toBe(2);
    const text = join(work, "notes.parquet");
    writeFileSync(text, "not a parquet file at all");
    const { code, stderr } = await compare(text);
    expect(code).toBe(2);
    expect(stderr).toContain("PAR1");
  });

  it.each([
    [
      "by the kernel of linear terms",
      "    - { kind: bias }\n    - { kind: linear, features: [user, price] }\n",
    ],
    [
      "by the plain terms",
      "    - { kind: factorisation, name: linear, features: [user, price], width: 2 }\n",
    ],
  ])("for a rate that diverges, %s: term, row, update and rate, exit 3", async (_, terms) => {
    const yaml = YAML.replace(
      / {2}terms:\n[\s\S]*learner:\n.*\n/,
      `  terms:\n${terms}learner:\n  optimizer: { kind: sgd, rate: 1.7e+308 }\n`,
    );
    const { code, stderr } = await compare(log(events()), yaml);
    expect(stderr).toMatch(
      /term \w+(, \w+)?, row \d+, update \d+: a weight of (NaN|-?Infinity) \(norm of the gradient .*, rate 1\.7e\+308, effective rate 1\.7e\+308\)/,
    );
    expect(stderr).toMatch(/next: .*lower the rates? of/);
    expect(code).toBe(3);
  });

  it("for an output folder that exists: before any work", async () => {
    const { code, stderr } = await unbatch(["compare", log(events()), "--config", config, "--out", work]);
    expect(code).toBe(2);
    expect(stderr).toContain("--force");
    expect(readFileSync(config, "utf8")).toBe(YAML);
  });

  it("for a checkpoint of unknown kind", async () => {
    const file = join(work, "model.bin");
    writeFileSync(file, "who knows");
    const { code, stderr } = await unbatch([
      "convert",
      file,
      "--config",
      config,
      "--out",
      join(work, "model"),
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain("77 68 6f");
    expect(readdirSync(work)).not.toContain("model");
  });

  it("for an unknown option and an unknown command: exit 2", async () => {
    expect((await unbatch(["replay", "--sideways"])).code).toBe(2);
    expect((await unbatch(["reply"])).code).toBe(2);
    expect((await unbatch(["--help"])).code).toBe(0);
  });
});

it("rows that can be set aside are counted by reason", async () => {
  const path = log(events((event) => (event.id === 7 ? { ...event, price: Number.NaN } : event)));
  const { code, stdout } = await compare(path);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    ledger: { read: 200, rejected: 1, rejectedBy: { "value-missing": 1 } },
  });
});
