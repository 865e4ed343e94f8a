import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { writeParquet } from "../../src/io/parquet-writer.js";
import { type Finished, temporaryFolder } from "../support/cli.js";
import { inProcess } from "../support/in-process.js";

/** 1 bias, 1,000 weights and 1,000 vectors of 4 with their Adagrad slots, in float64. */
const STATE = (1 + 1000 + 4 * 1000) * 2 * 8;
const LARGEST = "mf/item: 1,000 rows x (4 weights + 4 in slots) x 8 bytes = 64,000 bytes";
const YAML = `version: 1
log: { time: shown_at, label: clicked, item: item, propensity: propensity }
features:
  - { name: item, encoder: { kind: hash, buckets: 1000 } }
  - { name: user, encoder: { kind: identity, size: 1, outOfRange: reject } }
model: { terms: [{ kind: bias }, { kind: linear, features: [item] }, { kind: dot, name: mf, left: user, right: item, width: 4, noise: 0.1 }] }
learner: { optimizer: { kind: adagrad, rate: 0.1 }, precision: float64 }
`;

const work = temporaryFolder();
const at = (name: string): string => join(work, name);
/** A log that nobody gets as far as opening; replay opens its own while the model is read. */
const LOG = at("no-such-log");
const OPENED = at("log.parquet");
const compare = (policies: string): string =>
  `${YAML}compare:\n  pretrain: 1d\n  slice: 1d\n  policies: [{ name: still, kind: frozen }, ${policies}]\n`;

interface Case {
  name: string;
  args: string[];
  policies?: string;
  copies: number;
}
const online = "{ name: a, kind: online }";
const CASES: readonly Case[] = [
  { name: "replay", args: ["replay", at("model"), OPENED, "--out", at("run")], copies: 1 },
  { name: "predict", args: ["predict", at("model"), LOG, "--out", at("out.parquet")], copies: 1 },
  { name: "predict --explain-row", args: ["predict", at("model"), LOG, "--explain-row", "0"], copies: 1 },
  { name: "ope", args: ["ope", LOG, "--model", at("model"), "--greedy"], copies: 1 },
  {
    name: "ope --publish-every",
    args: ["ope", LOG, "--model", at("model"), "--greedy", "--keeps-learning", "--publish-every", "1d"],
    copies: 2,
  },
  { name: "drift", args: ["drift", LOG, "--current", LOG, "--model", at("model")], copies: 1 },
  { name: "tune", args: ["tune", LOG], policies: online, copies: 2 },
  {
    name: "tune, of a policy that publishes",
    args: ["tune", LOG],
    policies: `${online}, { name: b, kind: online, publishEvery: 1h }`,
    copies: 3,
  },
  {
    name: "tune, of a policy that begins anew",
    args: ["tune", LOG],
    policies: `{ name: n, kind: stateless, window: 2d, every: 1d }, ${online}`,
    copies: 3,
  },
  {
    name: "tune --policy, of those alone",
    args: ["tune", LOG, "--policy", "a"],
    policies: `{ name: n, kind: stateless, window: 2d, every: 1d }, ${online}`,
    copies: 2,
  },
  { name: "compare", args: ["compare", LOG, "--out", at("out")], policies: online, copies: 3 },
];

afterEach(() => void vi.restoreAllMocks());

beforeAll(async () => {
  writeFileSync(at("plain.yaml"), YAML);
  const columns = ["item", "user", "clicked"].map((name) => ({
    name,
    kind: "integer" as const,
    values: Int32Array.of(0),
  }));
  const shownAt = { name: "shown_at", kind: "timestamp" as const, values: Float64Array.of(1.7e15) };
  await writeParquet(OPENED, [...columns, shownAt], 10);
  const args = ["convert", "--out", at("model"), "--config", at("plain.yaml"), "--quiet"];
  const { code, stderr } = await inProcess(args);
  expect(code, stderr).toBe(0);
});

describe("a state larger than memory", () => {
  it.each(CASES)("is refused by $name before any row is read, with the arithmetic", async (one) => {
    const config = at("unbatch.yaml");
    writeFileSync(config, one.policies === undefined ? YAML : compare(one.policies));
    // Tables are of whole rows; the users' one row is 8 numbers.
    const bytes = one.copies * (STATE + 8 * 8);
    const ran = async (memory: number): Promise<Finished> => {
      vi.spyOn(process, "constrainedMemory").mockReturnValue(memory);
      return inProcess([...one.args, "--config", config, "--quiet"]);
    };
    const before = readdirSync(work);
    const { code, stderr } = await ran(bytes - 1);
    expect(code, stderr).toBe(2);
    const count = bytes.toLocaleString("en-US");
    expect(stderr).toContain(
      `a state of ${count} bytes${one.copies === 1 ? "" : `, held ${one.copies} times`} (${LARGEST}; `,
    );
    expect(stderr).toContain(
      `at most ${(bytes - 1).toLocaleString("en-US")} bytes, the memory that this process may have`,
    );
    expect(stderr).toContain("fewer buckets for item; learner.precision: float32, which halves it");
    expect(stderr).not.toContain("no-such-log");
    expect(readdirSync(work)).toEqual(before);
    if (one.policies !== undefined) expect(readFileSync(config, "utf8")).toBe(compare(one.policies));

    const fits = await ran(bytes);
    if (one.args.includes(OPENED)) expect(fits.code, fits.stderr).toBe(0);
    else expect(fits.stderr).toContain("no-such-log");
  });
});
