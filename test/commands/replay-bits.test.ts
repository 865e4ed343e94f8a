import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../src/core/random.js";
import { type SmallEvent, writeLog } from "../properties/small-log.js";
import { temporaryFolder } from "../support/cli.js";
import { inProcess } from "../support/in-process.js";

const ROWS = 900;
const work = temporaryFolder();
const log = join(work, "log");

const features = (encoder: string): string => `
  - { name: user, encoder: ${encoder} }
  - { name: item, encoder: ${encoder} }
  - { name: price, encoder: { kind: dense } }`;
const hashed = features("{ kind: hash, buckets: 64 }");
const growing = features("{ kind: vocabulary }");

/** One model of each way to learn: kernels and plain terms, ids that come in mid-run, batches, draws, late labels. */
const MODELS: Readonly<Record<string, string>> = {
  "hashed ids in the sparse kernel": `
features: ${hashed}
model: { terms: [{ kind: bias }, { kind: linear, features: [user, item, price] }] }
learner: { optimizer: { kind: ftrl, rate: 0.1, beta: 1, l1: 0, l2: 0 } }`,
  "growing ids and factorisation, float32": `
features: ${growing}
model:
  terms:
    - { kind: bias }
    - { kind: linear, features: [user, item, price] }
    - { kind: factorisation, features: [user, item], width: 4 }
learner: { optimizer: { kind: adagrad, rate: 0.1 }, precision: float32 }`,
  "wide and deep in batches": `
features: ${growing}
model:
  terms:
    - { kind: linear, features: [user, item] }
    - { kind: deep, inputs: [{ feature: user, width: 4 }, { feature: item, width: 4 }, price], hidden: [8, 4] }
learner: { optimizer: { kind: adagrad, rate: 0.05 }, batchSize: 16, precision: float32 }`,
  "a bag, lazily by Adam, with late labels": `
features:
  - { name: user, encoder: { kind: vocabulary } }
  - { name: tags, column: item, encoder: { kind: hash, buckets: 32 }, bag: { combine: mean, split: "1" } }
model:
  terms: [{ kind: bias }, { kind: dot, left: user, right: tags, width: 4 }]
learner: { optimizer: { kind: adam, rate: 0.01 } }`,
  "positives with drawn negatives": `
features: ${growing}
model: { link: bpr, terms: [{ kind: dot, left: user, right: item, width: 8 }] }
learner: { optimizer: { kind: adagrad, rate: 0.2 }, precision: float32, negatives: { perPositive: 2 } }`,
};

function logOf(name: string): string {
  if (name.startsWith("positives")) return "{ time: shown_at, label: clicked, user: user, item: item }";
  const known = name.includes("late") ? ", known: { after: { positive: 2h, negative: 30h } }" : "";
  return `{ time: shown_at, label: clicked${known} }`;
}

beforeAll(() => {
  const random = seededRandom(5);
  const any = (prefix: string, size: number): string => prefix + Math.floor(size * random.uniform() ** 2);
  const events: SmallEvent[] = Array.from({ length: ROWS }, (_, id) => ({
    id,
    // Some share their second with the one before.
    at: 600 * (id - (id % 5 === 0 ? 1 : 0)) + 600,
    user: any("u", 200),
    item: any("i", 90),
    price: Math.round(100 * random.uniform()) / 100,
    clicked: random.uniform() < 0.4 ? 1 : 0,
  }));
  writeLog(log, [events.slice(0, 500), events.slice(500, 501), events.slice(501)], 333);
});

describe("the state and the result have the same bits", () => {
  it.each(Object.entries(MODELS))("%s", async (name, model) => {
    const config = join(work, `${name}.yaml`);
    writeFileSync(config, `version: 1\nlog: ${logOf(name)}\n${model}\n`);
    const start = join(work, `${name}-model`);
    const made = await inProcess(["convert", "--config", config, "--out", start, "--quiet"]);
    expect(made.code, made.stderr).toBe(0);
    const seen = new Set<string>();
    let runs = 0;
    for (const threads of ["1", "2"]) {
      for (const rows of ["1", "7", "1000", "65536", "65536"]) {
        const out = join(work, `${name}-${runs++}`);
        const { code, stderr } = await inProcess([
          ...["replay", start, log, "--config", config, "--out", out, "--quiet"],
          ...["--threads", threads, "--rows-at-once", rows],
        ]);
        expect(code, stderr).toBe(0);
        const { cost, ...result } = JSON.parse(readFileSync(join(out, "run.json"), "utf8")) as {
          cost: object;
        };
        expect(Object.keys(cost)).toContain("cpuSeconds");
        const state = readFileSync(join(out, "model", "state.safetensors"));
        seen.add(createHash("sha256").update(state).update(JSON.stringify(result)).digest("hex"));
      }
    }
    expect(runs).toBe(10);
    expect([...seen]).toHaveLength(1);
  });
});
