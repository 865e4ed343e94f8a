import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type SmallEvent, writeLog, YAML } from "../properties/small-log.js";
import { temporaryFolder, unbatch } from "../support/cli.js";
import { expectMetrics, parseDocument } from "../support/documents.js";

const work = temporaryFolder();
const config = join(work, "unbatch.yaml");
const log = join(work, "log");
const model = join(work, "model");
let made = 0;
const out = (): string => join(work, `out-${made++}`);

const events: SmallEvent[] = Array.from({ length: 400 }, (_, id) => ({
  ...{ id, at: id * 1500, user: `u${(id * 5) % 9}`, item: `i${id % 7}` },
  // The third day has no click: some figures of its window are refused.
  ...{ price: (id % 5) / 4, clicked: id % 3 === 0 && Math.floor((id * 1500) / 86_400) !== 2 ? 1 : 0 },
}));

beforeAll(async () => {
  writeFileSync(config, YAML);
  writeLog(log, [events], 100);
  const { code, stderr } = await unbatch(["convert", "--out", model, "--config", config]);
  expect(code, stderr).toBe(0);
});

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

interface Part {
  name: string;
  kind: string;
  start: string;
  rows: number;
  metrics: unknown;
  cost: { rowsLearned: number; cpuSeconds: number };
  slices: Part[];
}

/** A slice or a window: when it starts, its rows, its metrics. */
function expectPart({ start, rows, metrics }: Part, where: string): number {
  expect(new Date(start).toISOString().slice(0, 19), where).toBe(start.slice(0, 19));
  expect(isCount(rows) && rows > 0, where).toBe(true);
  return expectMetrics(metrics, where);
}

describe("the documents that --json prints", () => {
  it("replay: overall, windows and ledger", async () => {
    const { stdout } = await unbatch([
      "replay",
      model,
      log,
      "--out",
      out(),
      "--config",
      config,
      "--quiet",
      "--json",
    ]);
    const document = parseDocument(stdout, "replay");
    const { overall, windows, ledger } = document as { overall: Part; windows: Part[]; ledger: object };
    expectMetrics(overall.metrics, "overall");
    let figures = 0;
    for (const [at, window] of windows.entries()) figures += expectPart(window, `window ${at}`);
    expect([windows.length, figures]).toEqual([7, 56]);
    expect(JSON.stringify(windows)).toContain('"refused":"single-class"');
    const { rejectedBy, ...counts } = ledger as Record<string, unknown>;
    expect(Object.keys(counts)).toEqual([
      "read",
      "predicted",
      "scored",
      "learned",
      "held",
      "pending",
      "rejected",
    ]);
    expect(Object.values(counts).every(isCount)).toBe(true);
    expect(rejectedBy).toEqual({});
  });

  it("compare: policies with metrics, cost and slices", async () => {
    const { stdout } = await unbatch([
      "compare",
      log,
      "--out",
      out(),
      "--config",
      config,
      "--quiet",
      "--json",
    ]);
    const { policies } = parseDocument(stdout, "compare") as unknown as { policies: Part[] };
    let figures = 0;
    for (const { name, kind, metrics, cost, slices } of policies) {
      expect(["frozen", "stateless", "warm", "online"]).toContain(kind);
      expectMetrics(metrics, name);
      expect(Object.keys(cost)).toEqual(["rowsLearned", "rowsRead", "cpuSeconds", "dollars"]);
      expect(isCount(cost.rowsLearned) && cost.cpuSeconds >= 0).toBe(true);
      for (const slice of slices) figures += expectPart(slice, `${name} ${slice.start}`);
    }
    expect(policies.map(({ name }) => name)).toEqual(["frozen", "all_history", "warm", "window", "online"]);
    expect(figures).toBe(5 * 5 * 8);
  });

  it("compare with the squared link: its own metrics, and the others refused", async () => {
    const squared = join(work, "squared.yaml");
    writeFileSync(
      squared,
      YAML.replace("  terms:\n    - { kind: bias }", "  link: squared\n  terms:\n    - { kind: bias }"),
    );
    const { stdout } = await unbatch([
      "compare",
      log,
      "--out",
      out(),
      "--config",
      squared,
      "--quiet",
      "--json",
    ]);
    const { policies } = parseDocument(stdout, "compare") as unknown as { policies: Part[] };
    for (const { metrics } of policies) {
      expect(expectMetrics(metrics, "squared")).toBe(10);
      expect(metrics).toMatchObject({
        logLoss: { refused: "not-a-probability" },
        rootMeanSquaredError: { value: expect.any(Number) },
      });
    }
  });

  it("convert: parity and tensors", async () => {
    const yaml = join(work, "mf.yaml");
    const feature = (name: string): string =>
      `{ name: ${name}, encoder: { kind: vocabulary, key: ${name}2id } }`;
    writeFileSync(
      yaml,
      `version: 1\nlog: { time: t, label: y }\nfeatures: [${feature("user")}, ${feature("item")}]\n`,
    );
    // A folder of its own would hide golden.json, whose columns this file does not name.
    const checkpoint = ["fixtures/made/pytorch_mf/checkpoint.pt", "--log", log, "--rows", "50"];
    const { stdout, stderr } = await unbatch([
      "convert",
      ...checkpoint,
      "--out",
      out(),
      "--config",
      yaml,
      "--json",
    ]);
    const { parity, tensors } = parseDocument(stdout, "convert") as unknown as {
      parity: Record<string, number>;
      tensors: Record<string, unknown>[];
    };
    expect(stderr).toBe("");
    expect(parity).toMatchObject({ source: "log", rows: 50, tolerance: 1e-5 });
    expect(parity["maxAbsoluteDifference"]).toBeLessThan(1e-5);
    expect(tensors.length).toBe(5);
    for (const tensor of tensors)
      expect(Object.keys(tensor)).toEqual(["name", "role", "table", "rows", "width", "outcome", "note"]);
  });

  it("inspect and predict, and an error", async () => {
    const inspected = await unbatch(["inspect", log, "--config", config, "--json", "--quiet"]);
    parseDocument(inspected.stdout, "inspect");
    const scores = join(work, "scores.parquet");
    const predicted = await unbatch([
      "predict",
      model,
      log,
      "--out",
      scores,
      "--config",
      config,
      "--json",
      "--quiet",
    ]);
    expect(parseDocument(predicted.stdout, "predict")).toMatchObject({ rows: 400 });
    const failed = await unbatch([
      "replay",
      model,
      join(work, "nowhere"),
      "--out",
      out(),
      "--config",
      config,
      "--json",
    ]);
    expect(failed.code).toBe(2);
    expect(parseDocument(failed.stdout, "error")).toMatchObject({
      exitCode: 2,
      where: join(work, "nowhere"),
      found: expect.stringMatching(/\w/),
      next: expect.stringMatching(/\w/),
    });
  });
});

describe("stdout is the result, stderr all else", () => {
  const commands = (): [string, string[]][] => [
    ["replay", ["replay", model, log, "--out", out()]],
    ["compare", ["compare", log, "--out", out()]],
    ["predict", ["predict", model, log, "--out", `${out()}.parquet`]],
    ["inspect", ["inspect", log]],
  ];

  it("with progress, without a terminal: lines on stderr, the same document on stdout", async () => {
    for (const [schema, args] of commands()) {
      const { code, stdout, stderr } = await unbatch([...args, "--config", config, "--json"]);
      expect([code, schema]).toEqual([0, schema]);
      parseDocument(stdout, schema);
      expect(stderr).toMatch(/^(\d+ %: \d+ of \d+ [a-z ]+, \S+\/s, \d+ s left\n|policy \w+\n)+$/);
      expect(stderr).toContain("100 %: 400 of 400 rows");
    }
  });

  it("for a person: no progress among the lines of the result", async () => {
    for (const [, args] of commands()) {
      const { code, stdout, stderr } = await unbatch([...args, "--config", config]);
      expect(code).toBe(0);
      expect(stdout.length).toBeGreaterThan(20);
      expect(stdout).not.toContain(" s left");
      expect(stdout).not.toContain("\r");
      expect(stderr).toContain(" s left");
    }
  });

  it("an error: nothing on stdout, all of it on stderr, and nothing is written", async () => {
    const { code, stdout, stderr } = await unbatch(["replay", log, log, "--out", out(), "--config", config]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^error: .*no model\.json\n {2}expected: .*\n {2}next: .*\n$/);
  });
});
