import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { initCommand } from "../../src/commands/init.js";
import { parseConfig } from "../../src/config/load.js";
import { writeParquet } from "../support/parquet.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unbatch-init-"));
  const rows = Array.from({ length: 500 }, (_, row) => row);
  writeParquet(join(folder, "log.parquet"), [
    { name: "user_id", data: rows.map((row) => `u${row % 40}`), type: "STRING" },
    { name: "item_id", data: rows.map((row) => `i${row % 30}`), type: "STRING" },
    { name: "item_ctr", data: rows.map((row) => (row % 7) / 7), type: "DOUBLE" },
    { name: "dow", data: rows.map((row) => row % 7), type: "INT32" },
    { name: "clicked", data: rows.map((row) => (row % 3 === 0 ? 1 : 0)), type: "INT32" },
    { name: "timestamp", data: rows.map((row) => BigInt(1_700_000_000 + row * 900)), type: "INT64" },
  ]);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
});

/** The proposal for a checkpoint and the log, which parses. */
async function proposed(checkpoint: string): Promise<string> {
  vi.spyOn(process.stdout, "write").mockImplementation(() => true);
  const out = join(folder, "unbatch.yaml");
  await initCommand().parseAsync([checkpoint, join(folder, "log.parquet"), "--out", out, "--quiet"], {
    from: "user",
  });
  const text = readFileSync(out, "utf8");
  parseConfig(text, out);
  return text;
}
const made = (name: string): string => resolve("fixtures/made", name);

describe("init proposes, for each family, what convert needs", () => {
  it("of trees: a number for each feature that they split by, and a low rate", async () => {
    const text = await proposed(made("xgboost_ctr/model.json"));
    expect(text.match(/encoder: \{ kind: dense, missing: keep \}/g)?.length).toBe(9);
    expect(text).toMatch(/name: item_ctr\n {4}column: item_ctr\n/);
    expect(text).toMatch(/name: d0\n.*\n.*# choose/);
    expect(text).toContain("family: gbdt");
    expect(text).toContain("rate: 0.02, l2: 0.0001");
  });

  it("of an ALS: the calibration and the fold-in, with the settings of its file", async () => {
    const text = await proposed(made("als/implicit_als.npz"));
    expect(text).toContain("# foldIn: { regularization: 0.05, alpha: 20 }");
    expect(text).toContain("# calibration:");
  });

  it("of one hashed table: the source's hash function, with its prefix", async () => {
    const text = await proposed(made("sklearn_lr_hash/lr.npz"));
    expect(text).toContain('{ kind: hash, buckets: 16384, function: murmur3-signed, prefix: "user_id=" }');
    expect(text).toMatch(/name: item_ctr\n {4}column: item_ctr\n {4}encoder: \{ kind: dense \}/);
    const vw = join(folder, "model.txt");
    writeFileSync(
      vw,
      "Version 9.0.0\nId \nMin label:-50\nMax label:50\nbits:18\nlda:0\noptions:\nChecksum: 1\n:0\n116060:0.5\n7:1\n",
    );
    rmSync(join(folder, "unbatch.yaml"));
    expect(await proposed(vw)).toContain("{ kind: hash, buckets: 262144, function: vowpal-wabbit }");
  });
});
