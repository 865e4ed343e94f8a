import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type SmallEvent, writeLog, YAML } from "../properties/small-log.js";
import { temporaryFolder, unbatch } from "../support/cli.js";

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
