import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { edgesOf, MATERIAL, search, type Tried } from "../../../src/compare/tune/search.js";
import type { Settings } from "../../../src/compare/tune/settings.js";

const whole: Settings = { octaves: 0, epochs: 1, l2: 0, batchSize: 1 };

/** A loss that is least at these settings, and grows from them in each direction. */
function bowl(at: Settings): (settings: Settings) => Tried {
  return (settings) => ({
    settings,
    loss:
      ((settings.octaves ?? 0) - (at.octaves ?? 0)) ** 2 +
      Math.abs(Math.log2(settings.epochs ?? 1) - Math.log2(at.epochs ?? 1)) +
      Math.abs(Math.log((settings.l2 ?? 0) + 1e-7) - Math.log((at.l2 ?? 0) + 1e-7)) +
      Math.abs(Math.log2(settings.batchSize ?? 1) - Math.log2(at.batchSize ?? 1)),
  });
}

describe("the search", () => {
  it("finds the bottom of a bowl from afar, each setting tried once", () => {
    const at = { octaves: 3.5, epochs: 4, l2: 1e-5, batchSize: 16 };
    const { best, tried } = search(whole, 200, bowl(at));
    expect(best.settings).toEqual(at);
    expect(tried[0]?.settings).toEqual(whole);
    expect(new Set(tried.map(({ settings }) => JSON.stringify(settings))).size).toBe(tried.length);
    expect(edgesOf(best.settings, tried)).toEqual([]);
  });

  it("spends the budget and no more, whatever the losses are", () => {
    let smallest = Number.POSITIVE_INFINITY;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.infiniteStream(fc.double({ noNaN: true })),
        (budget, losses) => {
          const next = losses[Symbol.iterator]();
          const { best, tried } = search(whole, budget, (settings) => ({
            settings,
            loss: next.next().value ?? 0,
          }));
          expect(tried.length).toBeLessThanOrEqual(budget);
          if (budget <= 16) expect(tried.length).toBe(budget);
          smallest = Math.min(smallest, tried.length);
          const least = Math.min(...tried.map(({ loss }) => loss));
          expect(best.loss === least || best.loss - least <= MATERIAL * tried.length).toBe(true);
        },
      ),
    );
    expect(smallest).toBeLessThan(10);
  });

  it("keeps what is in the file where nothing is materially better", () => {
    const { best, tried } = search(whole, 16, (settings) => ({
      settings,
      loss: 0.5 - (settings.octaves ?? 0) * (MATERIAL / 10),
    }));
    expect(tried.length).toBe(16);
    expect(best.settings).toEqual(whole);
  });

  it("goes on where settings diverge", () => {
    const { best } = search(whole, 16, (settings) => ({
      settings,
      loss: (settings.octaves ?? 0) > -2 ? Number.POSITIVE_INFINITY : 1,
    }));
    expect(best).toEqual({ settings: { ...whole, octaves: -2 }, loss: 1 });
  });

  it("searches only what a policy has", () => {
    expect(search({}, 16, (settings) => ({ settings, loss: 1 })).tried.length).toBe(1);
    const { tried } = search({ octaves: 0 }, 16, (settings) => ({ settings, loss: 1 }));
    expect(tried.map(({ settings }) => settings.octaves)).toEqual([0, 2, -2, 1, -1, 0.5, -0.5]);
  });
});

describe("edges", () => {
  it("are told where the budget ended on the way down", () => {
    const { best, tried } = search(whole, 4, bowl({ ...whole, octaves: 20 }));
    expect(best.settings.octaves).toBe(6);
    expect(edgesOf(best.settings, tried)).toEqual([{ axis: "octaves", side: "highest" }]);
  });

  it("are told at the end of a list, and not at an end by nature", () => {
    const { best, tried } = search({ epochs: 1 }, 16, ({ epochs = 1 }) => ({
      settings: { epochs },
      loss: -epochs,
    }));
    expect(edgesOf(best.settings, tried)).toEqual([{ axis: "epochs", side: "highest" }]);
    const worse = search({ epochs: 4 }, 16, ({ epochs = 1 }) => ({ settings: { epochs }, loss: epochs }));
    expect(worse.best.settings).toEqual({ epochs: 1 });
    expect(edgesOf(worse.best.settings, worse.tried)).toEqual([]);
  });
});
