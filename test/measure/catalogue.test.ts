import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/core/random.js";
import {
  type Catalogue,
  type PositiveEvents,
  positiveRanks,
  scoreOf,
} from "../../src/measure/catalogue/positive-ranks.js";
import { rankFigures } from "../../src/measure/catalogue/rank-figures.js";
import { sampledRanks } from "../../src/measure/catalogue/sampled-ranks.js";
import { reasonOf, valueIn } from "./arbitraries.js";

interface Case {
  catalogue: Catalogue;
  events: PositiveEvents;
}

/** Small whole numbers, so that ties are common; more items than one block holds. */
function caseOf(options: {
  items: number;
  events: number;
  width: number;
  levels: number;
  seed: number;
}): Case {
  const random = seededRandom(options.seed);
  const values = (length: number): Float64Array =>
    new Float64Array(length).map(() => Math.floor(random.uniform() * options.levels) - 1);
  return {
    catalogue: {
      width: options.width,
      items: values(options.items * options.width),
      biases: values(options.items),
    },
    events: {
      queries: values(options.events * options.width),
      positives: new Int32Array(options.events).map(() => Math.floor(random.uniform() * options.items)),
    },
  };
}

const anyCase = fc.record({
  items: fc.integer({ min: 1, max: 300 }),
  events: fc.integer({ min: 1, max: 12 }),
  width: fc.integer({ min: 1, max: 9 }),
  levels: fc.integer({ min: 1, max: 1e6 }),
  seed: fc.nat(),
});

function ranksOf(one: Case): Float64Array {
  const ranks = positiveRanks(one.catalogue, one.events);
  if ("refused" in ranks) throw new Error(ranks.reason);
  return ranks;
}

describe("the positive's rank over the whole catalogue", () => {
  it("is 1 + the items that score higher + half of the others that score the same", () => {
    fc.assert(
      fc.property(anyCase, (options) => {
        const one = caseOf(options);
        const { catalogue, events } = one;
        ranksOf(one).forEach((rank, event) => {
          const scores = Array.from({ length: options.items }, (_, item) =>
            scoreOf(catalogue, events.queries, event, item),
          );
          const own = scores[events.positives[event] ?? 0] ?? 0;
          const higher = scores.filter((score) => score > own).length;
          const tied = scores.filter((score) => score === own).length - 1;
          expect(rank).toBe(1 + higher + tied / 2);
        });
      }),
    );
  });

  it("is the same to the bit for vectors in float32, and moves with the items", () => {
    fc.assert(
      fc.property(anyCase, (options) => {
        const { catalogue, events } = caseOf({ ...options, levels: 50 });
        const ranks = ranksOf({ catalogue, events });
        const narrow = { ...catalogue, items: Float32Array.from(catalogue.items) };
        expect(
          ranksOf({ catalogue: narrow, events: { ...events, queries: Float32Array.from(events.queries) } }),
        ).toEqual(ranks);
        const { items, width, biases = new Float64Array(0) } = catalogue;
        const count = options.items;
        const turned = new Float64Array(items.length);
        for (let item = 0; item < count; item++) {
          turned.set(items.subarray(item * width, (item + 1) * width), (count - 1 - item) * width);
        }
        const reversed = { width, items: turned, biases: Float64Array.from(biases).reverse() };
        const positives = events.positives.map((item) => count - 1 - item);
        expect(ranksOf({ catalogue: reversed, events: { ...events, positives } })).toEqual(ranks);
      }),
    );
  });

  it("of a model that scores all alike is the middle, not the first", () => {
    const one = caseOf({ items: 101, events: 5, width: 3, levels: 1, seed: 1 });
    expect([...ranksOf(one)]).toEqual([51, 51, 51, 51, 51]);
  });

  it("is refused for an item outside of the catalogue, for NaN and for no events", () => {
    const { catalogue, events } = caseOf({ items: 10, events: 3, width: 2, levels: 9, seed: 3 });
    const refusedFor = (changed: Partial<Catalogue & PositiveEvents>): string =>
      reasonOf(positiveRanks({ ...catalogue, ...changed }, { ...events, ...changed }) as never);
    expect(refusedFor({ positives: Int32Array.of(1, 10, 2) })).toBe("not-in-catalogue");
    expect(refusedFor({ positives: Int32Array.of(1, -1, 2) })).toBe("not-in-catalogue");
    expect(refusedFor({ positives: new Int32Array(0) })).toBe("no-rows");
    expect(refusedFor({ queries: events.queries.map(() => Number.NaN) })).toBe("not-finite");
    expect(refusedFor({ items: catalogue.items.map((value, at) => (at === 7 ? Number.NaN : value)) })).toBe(
      "not-finite",
    );
  });
});

describe("ranks against sampled items", () => {
  it("expect 1 + samples x (rank - 1) / (items - 1), and are the same for the same seed", () => {
    const { catalogue, events } = caseOf({ items: 40, events: 6, width: 4, levels: 3, seed: 11 });
    const samples = 20_000;
    const ranks = sampledRanks(catalogue, events, { samples, seed: 2 });
    expect(sampledRanks(catalogue, events, { samples, seed: 2 })).toEqual(ranks);
    if ("refused" in ranks) throw new Error(ranks.reason);
    const exact = ranksOf({ catalogue, events });
    ranks.forEach((rank, event) => {
      // 5 standard deviations of a mean of numbers in [0, 1].
      expect(Math.abs((rank - 1) / samples - ((exact[event] ?? 0) - 1) / 39)).toBeLessThan(
        2.5 / Math.sqrt(samples),
      );
    });
  });

  it("can order two models otherwise than the whole catalogue does, and so say that they are biased", () => {
    // One model has half of its positives first and half in the middle, the other all of them near the top.
    const figures = (ranks: number[]) => rankFigures(Float64Array.from(ranks), 10, { items: "all" });
    const sharp = [1, 5000];
    const even = [40, 40];
    const against100 = (ranks: number[]) => ranks.map((rank) => 1 + Math.round(((rank - 1) / 9999) * 100));
    const exactOrder = valueIn(figures(sharp).hitRateAtK) - valueIn(figures(even).hitRateAtK);
    const sampledOrder =
      valueIn(figures(against100(sharp)).hitRateAtK) - valueIn(figures(against100(even)).hitRateAtK);
    expect([Math.sign(exactOrder), Math.sign(sampledOrder)]).toEqual([1, -1]);

    const biased = rankFigures(Float64Array.of(1, 2.5), 2, { items: "sampled", samples: 100 });
    expect(Object.keys(biased)).toHaveLength(4);
    for (const figure of Object.values(biased))
      expect(figure).toMatchObject({ estimator: expect.stringContaining("biased") as string });
    const { catalogue, events } = caseOf({ items: 1, events: 1, width: 1, levels: 2, seed: 1 });
    expect(reasonOf(sampledRanks(catalogue, events, { samples: 1, seed: 1 }) as never)).toBe(
      "not-in-catalogue",
    );
  });
});

describe("figures of ranks", () => {
  it("are means over events", () => {
    expect(rankFigures(Float64Array.of(1, 3, 10.5), 3, { items: "all" })).toMatchObject({
      meanRank: { value: 14.5 / 3, rows: 3, estimator: "mean rank over the whole catalogue" },
      meanReciprocalRank: { value: (1 + 1 / 3 + 1 / 10.5) / 3 },
      hitRateAtK: { value: 2 / 3 },
      ndcgAtK: { value: 0.5 },
    });
    expect(reasonOf(rankFigures(new Float64Array(0), 3, { items: "all" }).meanRank)).toBe("no-rows");
  });
});
