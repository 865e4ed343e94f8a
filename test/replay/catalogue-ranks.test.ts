import { expect, it } from "vitest";
import { valuesOf } from "../../src/model/batch.js";
import { plainLearner } from "../../src/model/learner.js";
import { loadState } from "../../src/model/load.js";
import { CatalogueRanks } from "../../src/replay/catalogue-ranks.js";
import { clusteredEvents, positivesLog, positivesYaml } from "../support/positives.js";

const events = clusteredEvents(150, 4);

it("is the rank among all items known by then, each as of its last event, by the model of then", async () => {
  const { log, model } = await positivesLog(events, positivesYaml({}));
  const { negatives } = model.spec.learner;
  if (negatives === undefined) throw new Error("no negatives");
  const state = loadState(model, log.newIds);
  const ranks = new CatalogueRanks(log.events, negatives, { seed: 1, cpuSeconds: () => 0 });
  const learner = ranks.of(plainLearner(state));
  const bound = learner.over(log.events);
  const scores = new Float64Array(log.events.rows);
  const [users, items] = ["user", "item"].map((name) => state.rows(name));
  const table = (name: string): ArrayLike<number> => state.table(name).weights;
  const idOf = (name: string, id: string): number => log.newIds.get(name)?.indexOf(id) ?? 0;
  /** What the terms say, by their formulas. */
  const scoreOf = (user: string, item: string, price: number): number => {
    const u = users?.rowOf(-1 - idOf("user", user)) ?? 0;
    const i = items?.rowOf(-1 - idOf("item", item)) ?? 0;
    let score = (table("linear/item")[i] ?? 0) + (table("linear/price")[0] ?? 0) * price;
    for (let k = 0; k < 8; k++)
      score += (table("dot/user")[8 * u + k] ?? 0) * (table("dot/item")[8 * i + k] ?? 0);
    return score;
  };
  const prices = new Map<string, number>();
  let [row, ranked] = [0, 0];
  for (const { user, item, price } of events) {
    let end = row + 1;
    while (log.events.drawn?.event[end] === log.events.drawn?.event[row]) end++;
    const mine = scoreOf(user, item, prices.get(item) ?? 0);
    const others = [...prices].filter(([name]) => name !== item).map(([name, p]) => scoreOf(user, name, p));
    bound.score(row, end, scores);
    if (!prices.has(item)) expect(ranks.ranks[row]).toBeNaN();
    else {
      const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-12;
      const higher = others.filter((score) => score > mine && !near(score, mine)).length;
      const tied = others.filter((score) => near(score, mine)).length;
      expect(ranks.ranks[row]).toBe(1 + higher + tied / 2);
      ranked += 1;
    }
    for (let at = row + 1; at < end; at++) expect(ranks.ranks[at]).toBeNaN();
    expect(valuesOf(log.events, "price")[row]).toBe(price);
    bound.learn(row, end);
    prices.set(item, price);
    row = end;
  }
  expect(ranked).toBeGreaterThan(50);
  expect(ranks.ranked).toEqual({
    ...{ events: events.length, share: 1, ranked, newItems: events.length - ranked },
    knownItems: new Set(events.slice(0, -1).map(({ item }) => item)).size,
  });
});

it("ranks a seeded sample of the events where the catalogue is large", async () => {
  const { log, model } = await positivesLog(events, positivesYaml({}));
  const negatives = model.spec.learner.negatives ?? { perPositive: 1, sampling: "uniform", itemFeatures: [] };
  const ranksOf = (seed: number): CatalogueRanks => {
    // Items whose numbers go up to a million: so many that scores are to be had for a part of the events alone.
    const item = log.events.identities.get("item")?.map((code) => code * 20_000) ?? new Int32Array(0);
    const large = { ...log.events, identities: new Map([["item", item] as const]) };
    const ranks = new CatalogueRanks(large, negatives, { seed, cpuSeconds: () => 0 });
    const bound = ranks.of(plainLearner(loadState(model, log.newIds))).over(large);
    bound.score(0, large.rows, new Float64Array(large.rows));
    return ranks;
  };
  const { events: count, share, ranked, newItems } = ranksOf(1).ranked;
  expect(count).toBe(events.length);
  expect(share).toBeGreaterThan(0.05);
  expect(share).toBeLessThan(0.5);
  expect(ranked + newItems).toBeGreaterThan(0);
  expect(ranked + newItems).toBeLessThan(events.length / 2);
  expect([...ranksOf(1).ranks]).toEqual([...ranksOf(1).ranks]);
  expect([...ranksOf(2).ranks]).not.toEqual([...ranksOf(1).ranks]);
});
