import { describe, expect, it } from "vitest";
import { UnbatchError } from "../../src/core/errors.js";
import { packTexts } from "../../src/core/text-list.js";
import { valuesOf } from "../../src/model/batch.js";
import type { EventLog } from "../../src/replay/events.js";
import { NegativeDraws } from "../../src/replay/negative-draws.js";
import type { Replayed } from "../../src/replay/replay.js";
import {
  clusteredEvents,
  positivesLog,
  positivesYaml,
  replayPositives,
  START_MICROS,
  type Taken,
} from "../support/positives.js";

const events = clusteredEvents(400, 1);
/** Of each row its event, item and price, by name. */
interface Row {
  event: Taken;
  item: string;
  price: number;
  label: number;
  isFirst: boolean;
}

function rowsOf({ events: batch, newIds }: EventLog, taken: readonly Taken[]): Row[] {
  const items = batch.features.get("item");
  const prices = valuesOf(batch, "price");
  const byTime = new Map(taken.map((event) => [START_MICROS + event.at * 1e6, event]));
  return Array.from({ length: batch.rows }, (_, row): Row => {
    const code = items?.kind === "rows" ? (items.codes[row] ?? 0) : 0;
    const event = byTime.get(batch.shownAtMicros[row] ?? 0);
    if (event === undefined) throw new Error(`row ${row} has no event`);
    return {
      event,
      ...{ item: newIds.get("item")?.[-1 - code] ?? "", price: prices[row] ?? Number.NaN },
      label: batch.label[row] ?? Number.NaN,
      isFirst: row === 0 || batch.drawn?.event[row] !== batch.drawn?.event[row - 1],
    };
  });
}

describe("the negatives of a log", () => {
  it.each(["", ", known: { after: 5h }"])(
    "come behind their event, with what was known before it%s",
    async (log) => {
      const { log: drawn } = await positivesLog(events, positivesYaml({ log }));
      const delay = log === "" ? 0 : 5 * 3600;
      const rows = rowsOf(drawn, events);
      let negatives = 0;
      for (const { event, item, price, label, isFirst } of rows) {
        expect(label).toBe(isFirst ? 1 : 0);
        if (isFirst) {
          expect([item, price]).toEqual([event.item, event.price]);
          continue;
        }
        negatives += 1;
        const before = events.filter((other) => other.item === item && other.at + delay < event.at);
        // As of its last event that was known.
        expect(price).toBe(before.at(-1)?.price);
        expect(item).not.toBe(event.item);
        const had = events.filter(({ user, at }) => user === event.user && at <= event.at);
        expect(had.map((one) => one.item)).not.toContain(item);
      }
      expect(rows.filter(({ isFirst }) => isFirst)).toHaveLength(events.length);
      // The first events have no known items.
      expect(negatives).toBeLessThan(3 * events.length);
      expect(negatives).toBeGreaterThan(1000);
    },
  );

  it("are the same however files and row groups are cut and ordered; and others with another seed", async () => {
    const yaml = positivesYaml({ negatives: ", sampling: popularity" });
    const drawnOf = async (list: readonly Taken[], files?: number[][], text = yaml): Promise<unknown> =>
      rowsOf((await positivesLog(list, text, files)).log, events);
    const whole = await drawnOf(events);
    expect(await drawnOf(events, [Array.from({ length: 57 }, () => 7), [1]])).toEqual(whole);
    const shuffled = [...events.slice(150).reverse(), ...events.slice(0, 150)];
    expect(await drawnOf(shuffled, [[100, 3], [297]])).toEqual(whole);
    expect(rowsOf((await positivesLog(events, yaml, undefined, 3)).log, events)).toEqual(whole);
    expect(await drawnOf(events, undefined, yaml.replace("negatives:", "seed: 2\n  negatives:"))).not.toEqual(
      whole,
    );
    expect(await drawnOf(events, undefined, yaml.replace("popularity", "uniform"))).not.toEqual(whole);
  });

  it("leave out rows that are no positives, which no bound on rejected rows counts", async () => {
    const rated = events.map((event, at) => ({ ...event, rating: at % 4 === 0 ? 9 : 3 }));
    const { log } = await positivesLog(rated, positivesYaml({ log: ", label: rating >= 8" }));
    expect(log.rejected.byReason()).toEqual({ "not-a-positive": 300 });
    const taken = rated.filter(({ rating }) => rating >= 8);
    expect(rowsOf(log, taken).filter(({ isFirst }) => isFirst)).toHaveLength(100);
  });

  it("are refused where rows would be too many, and where users or items have no column", async () => {
    const many = positivesYaml({}).replace("perPositive: 3", "perPositive: 1000");
    await expect(positivesLog(clusteredEvents(1500, 1), many)).rejects.toThrow(/1501500 rows/);
    const { log, model } = await positivesLog(events, positivesYaml({}));
    const { negatives, seed } = model.spec.learner;
    if (negatives === undefined) throw new Error("no negatives");
    const unnamed = { ...log.events, identities: new Map() };
    const block = {
      events: unnamed,
      origin: log.origin,
      newIds: new Map([...log.newIds].map(([feature, ids]) => [feature, packTexts(ids)])),
      rowsRead: 0,
      bytesRead: 0,
      rejected: [],
    };
    expect(() => new NegativeDraws({ negatives, seed }).add(block)).toThrow(UnbatchError);
  });
});

describe("a replay of positives alone", () => {
  it.each(["bpr", "sampled-softmax", "logistic"])(
    "by %s ranks what was taken above popular items",
    async (link) => {
      const long = clusteredEvents(4000, 2);
      const negatives = ", sampling: popularity";
      const full = await replayPositives(long, positivesYaml({ link, negatives }));
      const popular = positivesYaml({ link, negatives, terms: "- { kind: linear, features: [item] }" });
      const byItem = await replayPositives(long, popular);
      const of = ({ result }: Replayed, metric: "sampledAuc" | "hitRateAt10"): number => {
        const figure = result.overall.metrics[metric];
        return figure !== undefined && "value" in figure ? figure.value : Number.NaN;
      };
      expect(of(full, "sampledAuc")).toBeGreaterThan(of(byItem, "sampledAuc") + 0.08);
      expect(of(full, "hitRateAt10")).toBeGreaterThan(of(byItem, "hitRateAt10") + 0.05);
      const { ledger, catalogue } = full.result;
      expect(ledger.drawn).toBeGreaterThan(10_000);
      expect((ledger.drawn ?? 0) + (ledger.notDrawn ?? 0)).toBe(3 * long.length);
      expect(ledger.predicted).toBe(long.length + (ledger.drawn ?? 0));
      expect(catalogue).toMatchObject({ share: 1, knownItems: 80, tooManyItems: 0 });
      expect((catalogue?.ranked ?? 0) + (catalogue?.newItems ?? 0)).toBe(long.length);
    },
  );

  it("gives the same bits for any size of blocks, with labels that come late too", async () => {
    for (const log of ["", ", known: { after: 7h }"]) {
      const yaml = positivesYaml({ link: "sampled-softmax", log });
      const whole = await replayPositives(events, yaml);
      const content = ({ result, model }: Replayed): unknown => [
        result,
        [...model.tensors].map(([name, tensor]) => [name, [...tensor.values()]]),
      ];
      for (const rowsAtOnce of [1, 7, 150])
        expect(content(await replayPositives(events, yaml, {}, rowsAtOnce))).toEqual(content(whole));
    }
  });

  it("prints no number of a probability where the link has none", async () => {
    const { result } = await replayPositives(events, positivesYaml({}));
    const figures = Object.entries(result.overall.metrics);
    const refused = figures.flatMap(([name, figure]) => ("refused" in figure ? [name] : []));
    expect(refused.sort()).toEqual([
      ...["averagePrecision", "baseRate", "brier", "calibrationRatio"],
      ...["expectedCalibrationError", "logLoss", "normalizedEntropy", "rocAuc"],
    ]);
    expect(figures).toHaveLength(refused.length + 4);
    expect(result.drift).toMatchObject({ refused: "not-a-probability" });
  });

  it("holds the negatives of an event back with it", async () => {
    const yaml = positivesYaml({});
    const { log } = await positivesLog(events, yaml);
    const { result } = await replayPositives(events, yaml, { probe: { share: 0.3, everyWindows: 1 } });
    expect(result.ledger.held).toBeGreaterThan(200);
    expect(result.ledger.learned + result.ledger.held).toBe(log.events.rows);
    const now = result.probe?.looks.at(-1)?.all.now;
    expect(now).toMatchObject({ estimator: expect.stringContaining("sigma") });
    // Events, of which each has its negatives with it.
    expect(now !== undefined && "value" in now && now.rows).toBeLessThan(result.ledger.held / 3);
  });
});
