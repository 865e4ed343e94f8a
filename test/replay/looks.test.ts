import { join } from "node:path";
import { expect, it } from "vitest";
import type { ReplayResult } from "../../src/replay/replay-result.js";
import { replayed, type SmallEvent, writeLog } from "../properties/small-log.js";
import { temporaryFolder } from "../support/cli.js";

const HOUR = 3600;
const events = Array.from(
  { length: 240 },
  (_, id): SmallEvent => ({
    id,
    at: Math.floor(id / 2) * HOUR,
    user: `user ${(id * 7) % 5}`,
    item: `item ${(id * 11) % 4}`,
    price: ((id * 5) % 8) / 8,
    clicked: (id * 13) % 3 === 0 ? 1 : 0,
  }),
);
const folder = temporaryFolder();
const log = writeLog(join(folder, "log"), [events], 50);
const resultOf = ({ result }: { result: string }): ReplayResult => JSON.parse(result) as ReplayResult;

it("a look at the learner changes nothing that it learns or predicts", async () => {
  const daily = await replayed(log);
  const hourly = await replayed(log, undefined, { windowMicros: HOUR * 1e6 });
  expect(hourly.state).toBe(daily.state);
  expect(resultOf(hourly).overall).toEqual(resultOf(daily).overall);
  expect(resultOf(hourly).windows.length).toBe(120);
});

it("each look says how the terms learned since the last: the parts are those of the whole", async () => {
  const days = resultOf(await replayed(log)).learning;
  const whole = resultOf(await replayed(log, undefined, { windowMicros: 1000 * 86_400e6 })).learning;
  expect(days.length).toBeGreaterThanOrEqual(5);
  expect(whole.map(({ rowsLearned }) => rowsLearned)).toEqual([240]);
  expect(days.reduce((sum, { rowsLearned }) => sum + rowsLearned, 0)).toBe(240);
  const squares = (looks: typeof days, term: string): number =>
    looks.reduce((sum, { terms }) => {
      const norm = terms.find((one) => one.term === term)?.gradientNorm;
      return norm !== undefined && "value" in norm ? sum + norm.value ** 2 * norm.rows : sum;
    }, 0);
  for (const term of ["bias", "linear", "dot", "deep"]) {
    expect(squares(whole, term)).toBeGreaterThan(0);
    expect(squares(days, term)).toBeCloseTo(squares(whole, term), 8);
  }
  const rates = days.map(({ terms }) => terms.find(({ term }) => term === "bias")?.effectiveRate);
  const values = rates.map((rate) => (rate !== undefined && "value" in rate ? rate.value : Number.NaN));
  // Adagrad's rate falls with every gradient, from rate / sqrt(initial accumulator).
  expect(values.every((value, day) => value < (values[day - 1] ?? 0.2 / Math.sqrt(0.1)))).toBe(true);
});

it("rows that the probe holds are scored and never learned: as if the log did not have their labels", async () => {
  const options = { probe: { share: 0.2, everyWindows: 1 } };
  const result = resultOf(await replayed(log, undefined, options));
  const { probe, ledger } = result;
  expect(probe?.rowsHeld).toBeGreaterThan(20);
  expect(ledger).toMatchObject({ predicted: 240, learned: 240 - (probe?.rowsHeld ?? 0), pending: 0 });
  expect(ledger.held).toBe(probe?.rowsHeld);
  const looks = probe?.looks ?? [];
  expect(looks.length).toBeGreaterThanOrEqual(5);
  const rows = looks.map(({ all }) => all.rows);
  expect(rows).toEqual(rows.toSorted((a, b) => a - b));
  expect(rows.at(-1)).toBe(probe?.rowsHeld);
  for (const { all, slices } of looks) {
    expect(slices.reduce((sum, one) => sum + one.rows, 0)).toBe(all.rows);
  }
  // What was said when the rows were shown does not change from look to look; what is said now does.
  const firstSlices = looks.map(({ slices }) => slices[0]);
  expect(new Set(firstSlices.map((one) => JSON.stringify(one?.whenShown))).size).toBe(1);
  expect(new Set(firstSlices.map((one) => JSON.stringify(one?.now))).size).toBe(looks.length);
  expect(resultOf(await replayed(log, undefined, options))).toEqual(result);
});

it("a frozen run holds every row whose label is known", async () => {
  const result = resultOf(await replayed(log, undefined, { frozen: true }));
  expect(result.ledger).toMatchObject({ learned: 0, held: 240, pending: 0 });
  expect(result.learning).toEqual([]);
});

it("says how far the embeddings moved between looks, and changes nothing by looking", async () => {
  const plain = await replayed(log);
  const looked = await replayed(log, undefined, { stability: { everyWindows: 2 } });
  expect(looked.state).toBe(plain.state);
  const looks = resultOf(looked).stability ?? [];
  expect(looks.length).toBeGreaterThanOrEqual(3);
  for (const [index, { since, at, tables }] of looks.entries()) {
    expect(tables.map(({ table }) => table)).toEqual(["dot/user", "dot/item", "deep/user"]);
    if (index > 0) expect(since).toBe(looks[index - 1]?.at);
    expect(Date.parse(at)).toBeGreaterThan(Date.parse(since));
  }
  // Every user was shown, and so learned, between the first look and the second.
  expect(looks[1]?.tables[0]?.shareUntouched).toMatchObject({ value: 0 });
  expect(resultOf(plain)).not.toHaveProperty("stability");
});
