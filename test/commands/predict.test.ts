import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openLog } from "../../src/io/log-source.js";
import { type SmallEvent, writeLog, YAML } from "../properties/small-log.js";
import { temporaryFolder, unbatch } from "../support/cli.js";
import { parseDocument } from "../support/documents.js";
import { readColumns } from "../support/parquet.js";

const work = temporaryFolder();
const config = join(work, "unbatch.yaml");
const log = join(work, "log");
const common = ["--config", config, "--quiet"];

const events: SmallEvent[] = Array.from({ length: 240 }, (_, id) => ({
  id,
  // Later rows of the file were shown earlier: scores come in the file's order all the same.
  at: 3000 * ((id * 7) % 240),
  user: `u${(id * 5) % 9}`,
  item: `i${id % 7}`,
  price: id === 50 ? Number.NaN : (id % 5) / 4,
  clicked: (id * id) % 3 === 0 ? 1 : 0,
}));

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await unbatch([...args, ...common]);
  expect(code, stderr).toBe(0);
  return stdout;
}

interface Scores {
  file: string[];
  row_group: number[];
  row: number[];
  shown_at: number[];
  score: number[];
  prediction: number[];
}
async function readScores(path: string): Promise<Scores> {
  const names = ["file", "row_group", "row", "shown_at", "score", "prediction"];
  return (await readColumns(await openLog([path]), names)) as unknown as Scores;
}

beforeAll(async () => {
  writeFileSync(config, YAML);
  // Two files of row groups of 64 rows.
  writeLog(log, [events.slice(0, 100), events.slice(100)], 64);
  await run("convert", "--out", join(work, "begun"));
  // A model that has learned something.
  await run("replay", join(work, "begun"), log, "--out", join(work, "run"));
});

describe("unbatch predict", () => {
  const out = join(work, "scores.parquet");

  it("writes one row an event that can be scored, in the log's order, with its position and time", async () => {
    const stdout = await run("predict", join(work, "run", "model"), log, "--out", out, "--json");
    expect(parseDocument(stdout, "predict")).toMatchObject({
      rows: 239,
      out,
      ledger: { read: 240, predicted: 239, rejected: 1, rejectedBy: { "value-missing": 1 } },
    });
    const scores = await readScores(out);
    const expected = events.filter(({ id }) => id !== 50);
    const places = expected.map(({ id, at }) => {
      const row = id < 100 ? id : id - 100;
      const file = join(log, id < 100 ? "part-0000.parquet" : "part-0001.parquet");
      return [file, Math.floor(row / 64), row, Date.UTC(2024, 0, 1) * 1000 + at * 1e6];
    });
    expect(places).toEqual(
      scores.file.map((file, at) => [file, scores.row_group[at], scores.row[at], scores.shown_at[at]]),
    );
    scores.score.forEach((score, at) => {
      expect(scores.prediction[at]).toBeCloseTo(1 / (1 + Math.exp(-score)), 15);
    });
    expect(new Set(scores.score).size).toBeGreaterThan(50);
  });

  it("has the scores that replay --frozen measures", async () => {
    await run("replay", join(work, "run", "model"), log, "--out", join(work, "frozen"), "--frozen");
    const document = JSON.parse(readFileSync(join(work, "frozen", "run.json"), "utf8")) as {
      overall: { metrics: { logLoss: { value: number; rows: number } } };
      windows: { start: string; rows: number; metrics: { logLoss: { value: number } } }[];
    };
    const scores = await readScores(out);
    const losses = scores.score.map((score, at) => {
      const row = scores.row[at] ?? -1;
      const event = events[scores.file[at]?.endsWith("0000.parquet") ? row : row + 100];
      return {
        day: scores.shown_at[at] ?? 0,
        loss: Math.log1p(Math.exp(event?.clicked === 1 ? -score : score)),
      };
    });
    const mean = (list: readonly { loss: number }[]): number =>
      list.reduce((sum, { loss }) => sum + loss, 0) / list.length;
    const { logLoss } = document.overall.metrics;
    expect(logLoss.rows).toBe(239);
    expect(logLoss.value).toBeCloseTo(mean(losses), 12);
    expect(document.windows.length).toBe(9);
    for (const { start, rows, metrics } of document.windows) {
      const from = Date.parse(start) * 1000;
      const inside = losses.filter(({ day }) => day >= from && day < from + 86_400e6);
      expect(inside.length).toBe(rows);
      expect(metrics.logLoss.value).toBeCloseTo(mean(inside), 12);
    }
  });

  it("needs no label, and none that can be read", async () => {
    const unlabelled = join(work, "unlabelled.yaml");
    writeFileSync(unlabelled, YAML.replace("label: clicked, known", "label: nowhere > 1, known"));
    const second = join(work, "second.parquet");
    const args = [
      "predict",
      join(work, "run", "model"),
      log,
      "--out",
      second,
      "--config",
      unlabelled,
      "--quiet",
    ];
    const { code, stderr, stdout } = await unbatch(args);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("scored 239 of 240 rows (1 rejected)");
    expect(readFileSync(second).equals(readFileSync(out))).toBe(true);
  });

  it("refuses a run's folder, an existing file and a folder, and writes nothing", async () => {
    const fails = async (...args: string[]): Promise<string> => {
      const { code, stderr, stdout } = await unbatch([...args, ...common]);
      expect([code, stdout]).toEqual([2, ""]);
      return stderr;
    };
    expect(await fails("predict", join(work, "run"), log, "--out", join(work, "x.parquet"))).toContain(
      `use ${join(work, "run", "model")}`,
    );
    expect(await fails("predict", join(work, "run", "model"), log, "--out", out)).toContain("--force");
    expect(await fails("predict", join(work, "run", "model"), log, "--out", log, "--force")).toContain(
      "a folder",
    );
    expect(existsSync(join(work, "x.parquet"))).toBe(false);
    expect(existsSync(join(log, "part-0000.parquet"))).toBe(true);
  });

  it("--explain-row: contributions whose sum is the score that it writes, bit for bit", async () => {
    const scores = await readScores(out);
    for (const at of [0, 1, 99, 150, 238]) {
      // Row 50 of the log is set aside, so the later ones are one further on.
      const row = at < 50 ? at : at + 1;
      const stdout = await run(
        "predict",
        join(work, "run", "model"),
        log,
        "--explain-row",
        String(row),
        "--json",
      );
      const { features, result, file } = parseDocument(stdout, "explain-row") as unknown as {
        file: string;
        features: { column: string; value: unknown; rows?: { row: number }[] }[];
        result: { terms: { contribution: number }[]; score: number; prediction: number };
      };
      expect(file).toBe(scores.file[at]);
      expect(features.find(({ column }) => column === "user")?.value).toBe(events[row]?.user);
      expect(result.score).toBe(scores.score[at]);
      expect(result.prediction).toBe(scores.prediction[at]);
      expect(result.terms.length).toBeGreaterThan(1);
      expect(result.terms.reduce((sum, { contribution }) => sum + contribution, 0)).toBe(result.score);
    }
  });

  it("--explain-row says why a row is not scored, and which rows there are", async () => {
    const model = join(work, "run", "model");
    expect(await run("predict", model, log, "--explain-row", "50")).toMatch(
      /price +null .*rejected: value-missing[\s\S]*not scored: value-missing/,
    );
    const { code, stderr } = await unbatch(["predict", model, log, "--explain-row", "240", ...common]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("a row from 0 to 239")]);
    expect((await unbatch(["predict", model, log, ...common])).stderr).toContain(
      "neither --out nor --explain-row",
    );
  });
});
