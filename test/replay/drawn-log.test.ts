import { describe, expect, it } from "vitest";
import { UnbatchError } from "../../src/core/errors.js";
import { silent } from "../../src/core/progress.js";
import { valuesOf } from "../../src/model/batch.js";
import { withNegatives } from "../../src/replay/drawn-log.js";
import type { EventLog } from "../../src/replay/events.js";
import { replay } from "../../src/replay/replay.js";
import {
  clusteredEvents,
  positivesLog,
  positivesYaml,
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
      expect(drawn.draws?.negatives).toBe(negatives);
      expect((drawn.draws?.negatives ?? 0) + (drawn.draws?.givenUp ?? 0)).toBe(3 * events.length);
      expect(drawn.draws?.givenUp).toBeGreaterThan(0);
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

  it("are refused where rows would be too many, before any is drawn", async () => {
    const { log, model } = await positivesLog(events, positivesYaml({}));
    const { negatives, seed } = model.spec.learner;
    if (negatives === undefined) throw new Error("no negatives");
    const huge = { ...negatives, perPositive: 1000 };
    expect(() => withNegatives(log, { negatives: huge, seed }, 10_000)).toThrow(
      /1000 negatives\) = \d+ rows/,
    );
    const unnamed = { ...log, events: { ...log.events, identities: new Map() } };
    expect(() => withNegatives(unnamed, { negatives, seed }, 1e6)).toThrow(UnbatchError);
  });
});

describe("a replay of positives alone", () => {
  const options = { windowMicros: 86_400e6, cpuSeconds: () => 0, progress: silent, frozen: false };

  it.each(["bpr", "sampled-softmax", "logistic"])(
    "by %s ranks what was taken above popular items",
    async (link) => {
      const long = clusteredEvents(4000, 2);
      const full = await positivesLog(long, positivesYaml({ link, negatives: ", sampling: popularity" }));
      const popular = await positivesLog(
        long,
        positivesYaml({
          link,
          negatives: ", sampling: popularity",
          terms: "- { kind: linear, features: [item] }",
        }),
      );
      const [learned, byItem] = [full, popular].map(({ log, model }) => replay(model, log, options).result);
      const of = (result: typeof learned, metric: "sampledAuc" | "hitRateAt10"): number => {
        const figure = result?.overall.metrics[metric];
        return figure !== undefined && "value" in figure ? figure.value : Number.NaN;
      };
      expect(of(learned, "sampledAuc")).toBeGreaterThan(of(byItem, "sampledAuc") + 0.08);
      expect(of(learned, "hitRateAt10")).toBeGreaterThan(of(byItem, "hitRateAt10") + 0.05);
      const { ledger, catalogue } = learned ?? {};
      expect(ledger?.drawn).toBeGreaterThan(10_000);
      expect((ledger?.drawn ?? 0) + (ledger?.notDrawn ?? 0)).toBe(3 * long.length);
      expect(ledger?.predicted).toBe(long.length + (ledger?.drawn ?? 0));
      expect(catalogue).toMatchObject({ events: long.length, share: 1, knownItems: 80 });
      expect((catalogue?.ranked ?? 0) + (catalogue?.newItems ?? 0)).toBe(long.length);
    },
  );

  it("prints no number of a probability where the link has none", async () => {
    const { log, model } = await positivesLog(events, positivesYaml({}));
    const { metrics } = replay(model, log, options).result.overall;
    const refused = Object.entries(metrics).flatMap(([name, figure]) => ("refused" in figure ? [name] : []));
    expect(refused).toEqual([
      ...["logLoss", "normalizedEntropy", "rocAuc", "calibrationRatio", "baseRate"],
      ...["averagePrecision", "brier", "expectedCalibrationError"],
    ]);
    expect(replay(model, log, options).result.drift).toMatchObject({ refused: "not-a-probability" });
  });

  it("holds the negatives of an event back with it", async () => {
    const { log, model } = await positivesLog(events, positivesYaml({}));
    const { result } = replay(model, log, { ...options, probe: { share: 0.3, everyWindows: 1 } });
    const [sizes, held] = [new Map<number, number>(), result.ledger.held];
    for (const event of log.events.drawn?.event ?? []) sizes.set(event, (sizes.get(event) ?? 0) + 1);
    expect(held).toBeGreaterThan(200);
    expect(result.probe?.looks.at(-1)?.all.now).toMatchObject({
      estimator: expect.stringContaining("sigma"),
    });
  });
});
