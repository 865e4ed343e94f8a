import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Comparison } from "../../src/compare/compare.js";
import { type SmallEvent, writeLog } from "../properties/small-log.js";
import { temporaryFolder, unbatch } from "../support/cli.js";
import { parseDocument } from "../support/documents.js";
import { clusteredEvents } from "../support/positives.js";
import { type ReplayedRun, replayedRun } from "../support/replayed.js";

const work = temporaryFolder();
const log = join(work, "log");
const events = clusteredEvents(1200, 3).map(
  ({ id, at, user, item, price }): SmallEvent => ({
    id,
    at,
    user,
    item,
    price,
    clicked: id % 3 === 0 ? 0 : 1,
  }),
);
const yaml = `
version: 1
log: { time: shown_at, label: clicked, user: user, item: item }
features:
  - { name: user, encoder: { kind: vocabulary } }
  - { name: item, encoder: { kind: vocabulary } }
model:
  link: bpr
  terms: [{ kind: dot, left: user, right: item, width: 8 }]
learner:
  optimizer: { kind: adagrad, rate: 0.2 }
  precision: float32
  negatives: { perPositive: 2 }
compare:
  pretrain: 2d
  policies:
    - { name: online, kind: online, from: checkpoint }
    - { name: frozen, kind: frozen }
    - { name: daily, kind: stateless, window: all, every: 1d, cut: shown, epochs: 2 }
    - { name: popularity, kind: floor, of: item, prior: [1, 2] }
`;

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await unbatch([...args, "--config", join(work, "unbatch.yaml")]);
  expect(code, stderr).toBe(0);
  return stdout;
}

it("a replay goes on with the draws of the one before: in two runs what one run learns", async () => {
  const [first, second] = [events.slice(0, 700), events.slice(700)];
  const [whole, early, late] = ["whole", "early", "late"].map((name) => join(work, name));
  if (whole === undefined || early === undefined || late === undefined) throw new Error("three logs");
  writeLog(whole, [first, second], 100);
  writeLog(early, [first], 100);
  writeLog(late, [second], 100);
  writeFileSync(join(work, "unbatch.yaml"), yaml);
  const model = join(work, "start");
  await done("convert", "--out", model);
  const run = (name: string, from: string, path: string, ...more: string[]): Promise<string> =>
    done("replay", from, path, "--out", join(work, name), "--quiet", ...more);
  await run("in-one", model, whole);
  await run("in-two-a", model, early, "--threads", "2");
  await run("in-two-b", join(work, "in-two-a", "model"), late, "--threads", "2");
  const files = ["state.safetensors", "draws/state.safetensors", "draws/users.arrow", "draws/items.arrow"];
  for (const file of [...files, "vocab/user.arrow", "vocab/item.arrow"]) {
    const [one, two] = ["in-one", "in-two-b"].map((name) => readFileSync(join(work, name, "model", file)));
    expect(two?.equals(one ?? Buffer.alloc(0)), file).toBe(true);
  }
  // Without them other negatives are drawn: an item of the first log is not known any more.
  rmSync(join(work, "in-two-a", "model", "draws"), { recursive: true });
  const { code, stderr } = await unbatch([
    ...["replay", join(work, "in-two-a", "model"), late, "--out", join(work, "lost")],
    ...["--config", join(work, "unbatch.yaml")],
  ]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/draws/);
});

it("a log of positives alone is converted for, replayed on one thread or two, and compared", async () => {
  writeFileSync(join(work, "unbatch.yaml"), yaml);
  writeLog(log, [events], 100);
  const model = join(work, "model");
  await done("convert", "--out", model);
  const replayed = (threads: number): Promise<ReplayedRun> =>
    replayedRun(done, { model, log, out: join(work, `run-${threads}`) }, "--threads", String(threads));
  const [one, two] = [await replayed(1), await replayed(2)];
  expect(two.state.equals(one.state)).toBe(true);
  expect(two.result.overall).toEqual(one.result.overall);
  const { kernel, ledger, catalogue, overall } = one.result;
  expect(kernel).toBe("wasm-bpr");
  expect(ledger.rejectedBy).toEqual({ "not-a-positive": 400 });
  expect((ledger.drawn ?? 0) + (ledger.notDrawn ?? 0)).toBe(2 * 800);
  expect(ledger.read + (ledger.drawn ?? 0)).toBe(ledger.predicted + ledger.rejected);
  expect((catalogue?.ranked ?? 0) + (catalogue?.newItems ?? 0)).toBe(800);
  expect(overall.metrics.logLoss).toMatchObject({ refused: "not-a-probability" });

  const text = await done("replay", model, log, "--out", join(work, "again"), "--quiet");
  expect(text).toMatch(/read 1,200 \+ drawn 1,\d{3} = predicted/);
  expect(text).toMatch(/sampled AUC +HR@10 +NDCG@10 +MRR\n/);
  const compared = await done("compare", log, "--out", join(work, "compared"), "--json", "--quiet");
  const { policies, learning } = parseDocument(compared, "compare") as unknown as Comparison;
  const winsOf = (name: string): number => {
    const figure = policies.find((policy) => policy.name === name)?.metrics.sampledAuc;
    return figure !== undefined && "value" in figure ? figure.value : Number.NaN;
  };
  expect(winsOf("online")).toBeGreaterThan(winsOf("frozen"));
  expect(winsOf("daily")).toBeGreaterThan(0.5);
  expect(winsOf("popularity")).toBeGreaterThan(0.5);
  expect(learning).not.toHaveProperty("refused");
});
