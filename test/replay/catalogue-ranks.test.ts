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
  const catalogue = new CatalogueRanks(negatives, { seed: 1, events: events.length, seconds: () => 0 });
  const { ranks, over } = catalogue.add(log.events);
  const bound = over(plainLearner(state));
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
    if (!prices.has(item)) expect(ranks[row]).toBeNaN();
    else {
      const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-12;
      const higher = others.filter((score) => score > mine && !near(score, mine)).length;
      const tied = others.filter((score) => near(score, mine)).length;
      expect(ranks[row]).toBe(1 + higher + tied / 2);
      ranked += 1;
    }
    for (let at = row + 1; at < end; at++) expect(ranks[at]).toBeNaN();
    expect(valuesOf(log.events, "price")[row]).toBe(price);
    bound.learn(row, end);
    prices.set(item, price);
    row = end;
  }
  expect(ranked).toBeGreaterThan(50);
  expect(catalogue.ranked).toEqual({
    ...{ share: 1, ranked, newItems: events.length - ranked, tooManyItems: 0 },
    knownItems: new Set(events.slice(0, -1).map(({ item }) => item)).size,
  });
});

it("ranks a seeded sample of the events of a long log", async () => {
  const { log, model } = await positivesLog(events, positivesYaml({}));
  const { negatives } = model.spec.learner;
  if (negatives === undefined) throw new Error("no negatives");
  const ranksOf = (seed: number): { ranks: number[]; ranked: number; share: number } => {
    const catalogue = new CatalogueRanks(negatives, { seed, events: 12_000, seconds: () => 0 });
    const { ranks, over } = catalogue.add(log.events);
    over(plainLearner(loadState(model, log.newIds))).score(
      0,
      log.events.rows,
      new Float64Array(log.events.rows),
    );
    const { ranked, newItems, share } = catalogue.ranked;
    return { ranks: [...ranks], ranked: ranked + newItems, share };
  };
  const one = ranksOf(1);
  expect(one.share).toBeCloseTo(1 / 3, 12);
  expect(one.ranked).toBeGreaterThan(events.length / 5);
  expect(one.ranked).toBeLessThan(events.length / 2);
  expect(ranksOf(1)).toEqual(one);
  expect(ranksOf(2)).not.toEqual(one);
});
