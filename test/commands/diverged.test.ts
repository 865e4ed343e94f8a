import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openModel } from "../../src/commands/open-inputs.js";
import { type SmallEvent, writeLog, YAML } from "../properties/small-log.js";
import { temporaryFolder, unbatch } from "../support/cli.js";
import { inProcess } from "../support/in-process.js";

const work = temporaryFolder();
const log = join(work, "log");
const LINEAR = "{ kind: bias }, { kind: linear, features: [user, item, price] }";

/** Rates that no model survives, with what the message says of them. */
const models = {
  linear: {
    terms: LINEAR,
    learner: "{ optimizer: { kind: sgd, rate: 3e38 }, precision: float32 }",
    says: /term linear, \w+, row \d+, update \d+: a weight of -?Infinity .*rate 3e\+38/,
  },
  factorisation: {
    terms: `${LINEAR}, { kind: factorisation, features: [user, item, price], width: 4, noise: 0.5 }`,
    learner: "{ optimizer: { kind: sgd, rate: 5000 } }",
    says: /term \w+(, \w+)?, row \d+, update \d+: a weight of (NaN|-?Infinity) .*rate 5000/,
  },
  deep: {
    terms:
      "{ kind: bias }, { kind: deep, inputs: [{ feature: user, width: 4 }, { feature: item, width: 4 }, price], hidden: [8] }",
    learner: "{ optimizer: { kind: sgd, rate: 1e20 }, batchSize: 16, precision: float32 }",
    says: /term \w+(, \w+)?, row \d+, update \d+: a weight of (NaN|-?Infinity) .*rate 1e\+20|rate 100000000000000000000/,
  },
};

const events: SmallEvent[] = Array.from({ length: 600 }, (_, id) => ({
  ...{ id, at: id * 1500, user: `u${(id * 5) % 9}`, item: `i${id % 7}` },
  ...{ price: 1 + (id % 5), clicked: (id * id) % 3 === 0 ? 1 : 0 },
}));

beforeAll(() => {
  writeLog(log, [events], 100);
});

function sumsOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.includes("."))
    .map(
      (name) =>
        `${name} ${createHash("sha256")
          .update(readFileSync(join(folder, name)))
          .digest("hex")}`,
    );
}

describe("a run that diverges", () => {
  it.each(Object.entries(models))(
    "%s: stops at the event, names the weight and its rate, and leaves the model that it began from",
    {
      timeout: 60_000,
    },
    async (name, { terms, learner, says }) => {
      const config = join(work, `${name}.yaml`);
      const model = join(work, name);
      const own = YAML.slice(0, YAML.indexOf("model:"));
      writeFileSync(config, `${own}model: { terms: [${terms}] }\nlearner: ${learner}\n`);
      const made = await unbatch(["convert", "--out", model, "--config", config]);
      expect(made.code, made.stderr).toBe(0);
      const before = sumsOf(model);
      for (const kernel of ["auto", "plain"]) {
        const errors: string[] = [];
        for (const threads of ["1", "2"]) {
          const out = join(work, `${name}-${kernel}-${threads}`);
          const options = ["--config", config, "--kernel", kernel, "--threads", threads, "--quiet"];
          const { code, stderr } = await unbatch(["replay", model, log, "--out", out, ...options]);
          expect([code, existsSync(out)]).toEqual([3, false]);
          expect(stderr).toMatch(says);
          expect(stderr).toMatch(/next: .*lower the rates? of/);
          errors.push(stderr);
        }
        expect(errors[1]).toBe(errors[0]);
      }
      expect(sumsOf(model)).toEqual(before);
      expect(before.length).toBeGreaterThanOrEqual(2);
    },
  );
});

describe("a run with checkpoints that diverges", () => {
  const work = temporaryFolder();
  // From then on a feature is so large that the next update of its weight overflows.
  const late = writeLog(
    join(work, "late"),
    [events.map((event) => ({ ...event, price: event.id < 401 ? event.price : 1e38 }))],
    100,
  );
  const sgd = (rate: number): string => `{ optimizer: { kind: sgd, rate: ${rate} }, precision: float32`;
  const learners = {
    linear: { terms: LINEAR, learner: `${sgd(10)} }`, rows: 390 },
    factorisation: {
      terms: `${LINEAR}, { kind: factorisation, features: [user, item, price], width: 4, noise: 0.5 }`,
      learner: `${sgd(0.1)} }`,
      rows: 390,
    },
    deep: { terms: models.deep.terms, learner: `${sgd(0.1)}, batchSize: 16 }`, rows: 400 },
  };

  it.each(Object.entries(learners))(
    "%s: leaves the last good one, whole, and names it",
    { timeout: 120_000 },
    async (name, { terms, learner, rows }) => {
      const config = join(work, `${name}.yaml`);
      const model = join(work, name);
      const own = YAML.slice(0, YAML.indexOf("model:")).replace(/, known: .* }/, " }");
      const replay = "replay: { checkpointEvery: 78 }";
      writeFileSync(config, `${own}model: { terms: [${terms}] }\nlearner: ${learner}\n${replay}\n`);
      const made = await inProcess(["convert", "--out", model, "--config", config]);
      expect(made.code, made.stderr).toBe(0);
      const states: string[] = [];
      for (const [kernel, threads] of [
        ["auto", "1"],
        ["auto", "2"],
        ["plain", "1"],
      ]) {
        const out = join(work, `${name}-${kernel}-${threads}`);
        const options = ["--config", config, "--kernel", kernel ?? "", "--threads", threads ?? "", "--quiet"];
        const before = readdirSync(work);
        const { code, stderr } = await inProcess(["replay", model, late, "--out", out, ...options]);
        expect([code, stderr]).toEqual([3, expect.stringMatching(/a weight of (NaN|-?Infinity)/)]);
        expect(stderr).toContain(
          `; the last good checkpoint, ${out}.checkpoint, has learned ${rows} rows, the last of which was known at 2024-01-`,
        );
        const left = readdirSync(work).filter((one) => !before.includes(one));
        expect(left).toEqual([`${name}-${kernel}-${threads}.checkpoint`]);
        const { model: last, record } = await openModel(`${out}.checkpoint`);
        expect(record.source).toMatchObject({ kind: "replay", rowsLearned: rows });
        const tensors = [...last.tensors.values()];
        for (const { values } of tensors)
          for (const value of values()) expect(Number.isFinite(Number(value))).toBe(true);
        expect(tensors.length).toBeGreaterThan(2);
        states.push(sumsOf(`${out}.checkpoint`).find((line) => line.startsWith("state.")) ?? "");
        // It is not lost to the next try.
        const again = await inProcess(["replay", model, late, "--out", out, ...options]);
        expect([again.code, again.stderr]).toEqual([
          2,
          expect.stringMatching(/checkpoint: it exists already/),
        ]);
      }
      expect(states[1]).toBe(states[0]);
      // A run that ends has its own model, the same whatever was written before, and no checkpoint beside it.
      const short = writeLog(join(work, `${name}-short`), [events.slice(0, 300)], 100);
      const sums: string[][] = [];
      for (const every of ["50", "100000"]) {
        const out = join(work, `${name}-every-${every}`);
        const options = ["--config", config, "--quiet", "--checkpoint-every", every];
        const { code, stderr } = await inProcess(["replay", model, short, "--out", out, ...options]);
        expect(code, stderr).toBe(0);
        expect(existsSync(`${out}.checkpoint`)).toBe(false);
        sums.push(sumsOf(join(out, "model")));
      }
      expect(sums[1]).toEqual(sums[0]);
    },
  );
});
