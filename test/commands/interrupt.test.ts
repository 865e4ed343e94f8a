import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { openModel } from "../../src/commands/open-inputs.js";
import { type SmallEvent, writeLog, YAML } from "../properties/small-log.js";
import { temporaryFolder, unbatch } from "../support/cli.js";

const BIN = fileURLToPath(new URL("../../bin/unbatch.js", import.meta.url));
const work = temporaryFolder();
const config = join(work, "unbatch.yaml");
const log = join(work, "log");
const model = join(work, "model");
const ROWS = 200_000;

beforeAll(async () => {
  writeFileSync(config, YAML);
  const events: SmallEvent[] = Array.from({ length: ROWS }, (_, id) => ({
    ...{ id, at: id * 5, user: `u${id % 999}`, item: `i${id % 777}`, price: (id % 5) / 4, clicked: id % 2 },
  }));
  writeLog(log, [events], 10_000);
  const { code, stderr } = await unbatch(["convert", "--out", model, "--config", config]);
  expect(code, stderr).toBe(0);
});

/** Sends the signal as soon as stderr says this; what the process left behind. */
function interrupted(args: readonly string[], signal: NodeJS.Signals, after: RegExp) {
  return new Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>(
    (resolve, reject) => {
      const child = spawn(process.execPath, [BIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (chunk: Buffer) => {
        stdout += chunk.toString();
      });
      child.stderr.on("data", (chunk: Buffer) => {
        const before = after.test(stderr);
        stderr += chunk.toString();
        if (!before && after.test(stderr)) child.kill(signal);
      });
      child.on("error", reject);
      child.on("close", (code, ended) => resolve({ code, signal: ended, stdout, stderr }));
    },
  );
}

describe("Ctrl-C", () => {
  it.each([
    ["while a replay learns", "SIGINT", ["replay", model, log], /10 %: \d+ of \d+ rows/],
    ["while one thread reads and one learns", "SIGINT", ["replay", model, log, "--threads", "2"], /10 %:/],
    ["or SIGTERM, while a replay learns", "SIGTERM", ["replay", model, log], /20 %: \d+ of \d+ rows/],
    ["while a comparison learns", "SIGINT", ["compare", log], /policy all_history/],
  ] as const)("%s leaves nothing, and no stack trace", async (_title, signal, command, after) => {
    const out = join(work, "out");
    const before = readdirSync(work).sort();
    const ended = await interrupted([...command, "--out", out, "--config", config], signal, after);
    expect(ended.stderr).toMatch(after);
    // Ended by the signal itself, or by its own exit with the number that shells give it.
    const ends = { SIGINT: [130, "SIGINT"], SIGTERM: [143, "SIGTERM"] } as const;
    expect(ends[signal]).toContain(ended.code ?? ended.signal);
    expect(ended.stdout).toBe("");
    expect(ended.stderr).not.toMatch(/\n\s+at |error/i);
    expect(ended.stderr).not.toMatch(/100 %: \d+ of \d+ (rows|predictions),/);
    expect(readdirSync(work).sort()).toEqual(before);
  });

  it("while the result is written leaves all of it or nothing", async () => {
    const out = join(work, "written");
    const before = readdirSync(work).sort();
    const child = spawn(
      process.execPath,
      [BIN, "replay", model, log, "--out", out, "--config", config, "--quiet"],
      { stdio: "ignore" },
    );
    const watcher = watch(work, (_event, name) => {
      if (name?.startsWith("written.partial-")) child.kill("SIGINT");
    });
    await new Promise((resolve) => child.on("close", resolve));
    watcher.close();
    expect(child.killed).toBe(true);
    const left = readdirSync(work).filter((name) => !before.includes(name));
    if (existsSync(out)) {
      expect(left).toEqual(["written"]);
      const { code, stderr } = await unbatch(["inspect", out]);
      expect(code, stderr).toBe(0);
      await openModel(join(out, "model"));
    } else expect(left).toEqual([]);
  });

  it.each(["1", "2"])("on %s thread(s) leaves a whole checkpoint, where one was written", async (threads) => {
    const out = join(work, "kept");
    const before = readdirSync(work).sort();
    const args = ["replay", model, log, "--out", out, "--config", config, "--quiet", "--threads", threads];
    const child = spawn(process.execPath, [BIN, ...args, "--checkpoint-every", "4096"], { stdio: "ignore" });
    // While one is written that replaces another.
    let written = 0;
    const watcher = watch(work, (_event, name) => {
      if (name?.startsWith("kept.checkpoint.partial-") && ++written > 4) child.kill("SIGINT");
    });
    await new Promise((resolve) => child.on("close", resolve));
    watcher.close();
    expect(child.killed).toBe(true);
    expect(readdirSync(work).filter((name) => !before.includes(name))).toEqual(["kept.checkpoint"]);
    const { record } = await openModel(`${out}.checkpoint`);
    if (record.source.kind !== "replay") throw new Error(record.source.kind);
    expect(record.source.rowsLearned % 4096).toBe(0);
    expect(record.source.rowsLearned).toBeLessThan(ROWS);
    rmSync(`${out}.checkpoint`, { recursive: true });
  });
});
