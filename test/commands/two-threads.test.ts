import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeLog } from "../properties/small-log.js";
import { temporaryFolder, unbatch } from "../support/cli.js";
import { clusteredEvents } from "../support/positives.js";
import { type ReplayedRun, replayedRun } from "../support/replayed.js";

const yaml = `
version: 1
log: { time: shown_at, label: clicked }
features:
  - { name: user, encoder: { kind: vocabulary } }
  - { name: item, encoder: { kind: vocabulary } }
  - { name: price, encoder: { kind: dense } }
model:
  terms: [{ kind: deep, inputs: [{ feature: user, width: 16 }, { feature: item, width: 16 }, price], hidden: [64, 32] }]
learner:
  optimizer: { kind: adagrad, rate: 0.1, initialAccumulator: 0.1 }
  precision: float32
  batchSize: 256
`;

it("a network learns the same bits on one thread and on two", { timeout: 120_000 }, async () => {
  const work = temporaryFolder();
  const config = join(work, "unbatch.yaml");
  const log = join(work, "log");
  const model = join(work, "model");
  writeFileSync(config, yaml);
  const events = clusteredEvents(6000, 5).map((event) => ({ ...event, clicked: event.id % 3 === 0 ? 1 : 0 }));
  writeLog(log, [events], 1000);
  const done = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await unbatch([...args, "--config", config]);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  await done("convert", "--out", model);
  const replayed = (...options: string[]): Promise<ReplayedRun> =>
    replayedRun(done, { model, log, out: join(work, options.join("-")) }, "--threads", ...options);
  const [one, two] = [await replayed("1"), await replayed("2")];
  expect(one.result.kernel).toBe("wasm-deep");
  expect(one.result.ledger.learned).toBe(6000);
  expect(two.result.overall).toEqual(one.result.overall);
  expect(two.state.equals(one.state)).toBe(true);
  const kept = await replayed("2", "--checkpoint-every", "700");
  expect(kept.result.overall).toEqual(one.result.overall);
  expect(kept.state.equals(one.state)).toBe(true);
});
