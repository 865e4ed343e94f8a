import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../src/core/random.js";
import { openLog } from "../../src/io/log-source.js";
import { writeParquet } from "../../src/io/parquet-writer.js";
import { temporaryFolder, unbatch } from "../support/cli.js";
import { parseDocument } from "../support/documents.js";
import { readColumns } from "../support/parquet.js";

const EXAMPLE = resolve("examples/residual/unbatch.yaml");
const DAYS = 10;
const ROWS_PER_DAY = 200;
const work = temporaryFolder();
const log = join(work, "logs");
const model = join(work, "model");

/** Ten days of impressions with the score that production gave: it knows items, and nothing of users. */
function writeDays(): void {
  const random = seededRandom(11);
  const below = (size: number): number => Math.floor(random.uniform() * size);
  const users = Array.from({ length: 12 }, () => 1.5 * random.normal());
  const items = Array.from({ length: 8 }, () => random.normal());
  for (let day = 0; day < DAYS; day++) {
    const rows = Array.from({ length: ROWS_PER_DAY }, (_, row) => {
      const [user, item] = [below(12), below(8)];
      const logit = (items[item] ?? 0) - 0.5;
      const clicked = random.uniform() < 1 / (1 + Math.exp(-logit - (users[user] ?? 0))) ? 1 : 0;
      return { at: day * 86_400 + row * 432, user, item, logit, clicked, id: day * ROWS_PER_DAY + row };
    });
    const start = Date.UTC(2024, 4, 1) * 1000;
    writeParquet(
      join(log, `day-${String(day).padStart(2, "0")}.parquet`),
      [
        { name: "impression_id", kind: "integer", values: Int32Array.from(rows, ({ id }) => id) },
        {
          name: "shown_at",
          kind: "timestamp",
          values: Float64Array.from(rows, ({ at }) => start + at * 1e6),
        },
        { name: "clicked", kind: "integer", values: Int32Array.from(rows, ({ clicked }) => clicked) },
        { name: "user_id", kind: "text", values: rows.map(({ user }) => `user ${user}`) },
        { name: "item_id", kind: "text", values: rows.map(({ item }) => `item ${item}`) },
        { name: "query_text", kind: "text", values: rows.map(({ item }) => `query about ${item % 3}`) },
        { name: "model_logit", kind: "double", values: Float64Array.from(rows, ({ logit }) => logit) },
      ],
      70,
    );
  }
}

const options = ["--config", EXAMPLE, "--quiet", "--json"];
async function run(schema: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await unbatch([...args, ...options]);
  expect([code, stderr]).toEqual([0, ""]);
  return parseDocument(stdout, schema);
}
const lossOf = (part: unknown): number =>
  (part as { metrics: { logLoss: { value: number } } }).metrics.logLoss.value;

beforeAll(() => {
  mkdirSync(log);
  writeDays();
});

describe("the residual example, on a log of its columns", () => {
  it("begins as the logged score, unchanged: convert without a checkpoint", async () => {
    const converted = await run("convert", "convert", "--out", model);
    expect(converted).toMatchObject({ terms: ["production", "bias", "linear"], tensors: [], model });
    const document = JSON.parse(readFileSync(join(model, "model.json"), "utf8")) as object;
    expect(document).toMatchObject({
      schema: "unbatch.model",
      record: { source: { kind: "log" }, tensors: [], log: { time: { column: "shown_at" } } },
    });
    const out = join(work, "scores.parquet");
    await run("predict", "predict", model, log, "--out", out);
    const { score } = await readColumns(await openLog([out]), ["score"]);
    const { model_logit: logged } = await readColumns(await openLog([log]), ["model_logit"]);
    expect(score?.length).toBe(DAYS * ROWS_PER_DAY);
    expect(score).toEqual(logged);
  });

  it("replays: what is learned is the residual, and the score it is learned on is better for it", async () => {
    const replayed = await run("replay", "replay", model, log, "--out", join(work, "run"));
    const frozen = await run("replay", "replay", model, log, "--out", join(work, "frozen"), "--frozen");
    expect(replayed).toMatchObject({ ledger: { read: 2000, learned: 2000, pending: 0, rejected: 0 } });
    expect(frozen).toMatchObject({ ledger: { read: 2000, scored: 2000, learned: 0, pending: 0 } });
    expect(lossOf(replayed["overall"])).toBeLessThan(lossOf(frozen["overall"]) - 0.02);
    const windows = replayed["windows"] as object[];
    expect(windows.length).toBe(DAYS);
    // Of the first day little is learned; later ones gain.
    expect(lossOf(windows[DAYS - 1])).toBeLessThan(lossOf((frozen["windows"] as object[])[DAYS - 1]) - 0.02);
  });

  it("compares the five policies from the eighth day on", async () => {
    const compared = await run("compare", "compare", log, "--out", join(work, "comparison"));
    expect(compared).toMatchObject({ start: "2024-05-08T00:00:00Z", testRows: 600, pendingRows: 0 });
    const policies = compared["policies"] as {
      name: string;
      slices: object[];
      cost: { rowsLearned: number };
    }[];
    expect(policies.map(({ name, slices }) => [name, slices.length])).toEqual(
      ["frozen", "nightly", "online", "online_15m", "online_cold"].map((name) => [name, 3]),
    );
    const cost = Object.fromEntries(policies.map(({ name, cost: { rowsLearned } }) => [name, rowsLearned]));
    // Labels known half an hour after an event: the last 4 of the seventh day are known on the eighth.
    expect(cost).toMatchObject({ frozen: 0, online: 604, online_15m: 604, online_cold: 604 });
    const loss = Object.fromEntries(policies.map((policy) => [policy.name, lossOf(policy)]));
    expect(loss["online"]).toBeLessThan(loss["online_cold"] ?? 0);
    expect(existsSync(join(work, "comparison", "compare.json"))).toBe(true);
  });
});

describe("a new model from unbatch.yaml alone", () => {
  it("says what it is to a person, is the same bytes each time, and is not written over", async () => {
    const args = ["convert", "--config", EXAMPLE, "--out", join(work, "again")];
    const { code, stdout, stderr } = await unbatch(args);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      `a model from unbatch.yaml alone: production, bias, linear; nothing was transferred\nwritten: ${join(work, "again")}\n` +
        `next: unbatch replay ${join(work, "again")} LOGS... --out RUN\n`,
    );
    for (const name of ["model.json", "state.safetensors"])
      expect(readFileSync(join(work, "again", name)).equals(readFileSync(join(model, name)))).toBe(true);
    const second = await unbatch(args);
    expect([second.code, second.stdout]).toEqual([2, ""]);
    expect(second.stderr).toContain("it exists already");
  });

  it("needs unbatch.yaml to have a model", async () => {
    const taxi = resolve("examples/taxi/unbatch.yaml");
    const { code, stderr } = await unbatch(["convert", "--config", taxi, "--out", join(work, "none")]);
    expect(code).toBe(2);
    expect(stderr).toContain("no model");
    expect(existsSync(join(work, "none"))).toBe(false);
  });
});
