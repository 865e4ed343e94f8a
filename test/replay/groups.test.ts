import { join } from "node:path";
import { expect, it } from "vitest";
import type { ReplayResult } from "../../src/replay/replay-result.js";
import { replayed, type SmallEvent, writeLog, YAML } from "../properties/small-log.js";
import { temporaryFolder } from "../support/cli.js";

const folder = temporaryFolder();
const events = Array.from(
  { length: 90 },
  (_, id): SmallEvent => ({
    id,
    at: Math.floor(id / 3) * 1800,
    user: `user ${Math.floor(id / 3) % 6}`,
    item: `item ${(id * 7) % 5}`,
    price: 0,
    clicked: id % 4 === 0 ? 1 : 0,
  }),
);
const yaml = YAML.replace("label: clicked", "label: clicked, group: user, eventId: event_id");

it("metrics of groups are there where the log names its groups, and are the same bits for any order of files", async () => {
  const log = writeLog(join(folder, "log"), [events], 20);
  const shuffled = writeLog(join(folder, "shuffled"), [events.slice(40).reverse(), events.slice(0, 40)], 7);
  const one = await replayed(log, yaml);
  const { overall } = JSON.parse(one.result) as ReplayResult;
  for (const key of ["groupedAuc", "ndcgAt10", "meanReciprocalRank", "recallAt10", "hitRateAt10"] as const) {
    const figure = overall.metrics[key];
    expect(figure !== undefined && "value" in figure && figure.value, key).toBeGreaterThan(0);
  }
  expect(await replayed(shuffled, yaml)).toEqual(one);
  const without = JSON.parse((await replayed(log)).result) as ReplayResult;
  expect(without.overall.metrics).not.toHaveProperty("ndcgAt10");
});
