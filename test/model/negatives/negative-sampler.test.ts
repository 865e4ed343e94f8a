import { describe, expect, it } from "vitest";
import type { NegativesSpec } from "../../../src/core/model-spec.js";
import { chiSquareTail } from "../../../src/measure/drift/chi-square.js";
import { NegativeSampler } from "../../../src/model/negatives/negative-sampler.js";

const specOf = (sampling: NegativesSpec["sampling"]): NegativesSpec => ({
  ...{ perPositive: 1, sampling, itemFeatures: ["item"] },
});
/** Events of item 0, item 1, ... */
const EVENTS = [1, 3, 40, 9, 200, 2, 17];
const NOBODY = -1;

function samplerOf(sampling: NegativesSpec["sampling"], seed = 5): NegativeSampler {
  const sampler = new NegativeSampler(specOf(sampling), seed);
  EVENTS.forEach((events, item) => {
    for (let event = 0; event < events; event++) sampler.know(item);
  });
  return sampler;
}

/** The p-value of so many draws for nobody of items other than `positive`, under these weights. */
function pValue(
  sampler: NegativeSampler,
  user: number,
  positive: number,
  weights: readonly number[],
): number {
  const draws = 50_000;
  const counts = weights.map(() => 0);
  for (let draw = 0; draw < draws; draw++) {
    const item = sampler.draw(user, positive);
    counts[item] = (counts[item] ?? 0) + 1;
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let statistic = 0;
  weights.forEach((weight, item) => {
    const expected = (draws * weight) / total;
    if (weight === 0) expect(counts[item]).toBe(0);
    else statistic += ((counts[item] ?? 0) - expected) ** 2 / expected;
  });
  return chiSquareTail(statistic, weights.filter((weight) => weight > 0).length - 1);
}

describe("draws", () => {
  const powers = EVENTS.map((events) => events ** 0.75);

  it.each([
    ["uniform", EVENTS.map(() => 1)],
    ["popularity", powers],
  ] as const)(
    "%s are in proportion, without what the user has had and the item taken",
    (sampling, weights) => {
      expect(pValue(samplerOf(sampling), NOBODY, -1, weights)).toBeGreaterThan(0.001);
      const sampler = samplerOf(sampling);
      sampler.take(8, 4);
      sampler.take(8, 1);
      sampler.take(9, 0);
      const own = weights.map((weight, item) => (item === 4 || item === 1 || item === 2 ? 0 : weight));
      expect(pValue(sampler, 8, 2, own)).toBeGreaterThan(0.001);
    },
  );

  it("of one distribution are told from those of the other", () => {
    expect(pValue(samplerOf("uniform"), NOBODY, -1, powers)).toBeLessThan(1e-9);
    expect(pValue(samplerOf("popularity"), NOBODY, -1, EVENTS)).toBeLessThan(1e-9);
  });

  it("are given up, and counted, where a user has had everything or nothing is known", () => {
    const sampler = samplerOf("uniform");
    for (let item = 0; item < EVENTS.length; item++) sampler.take(3, item);
    expect(sampler.draw(3, 0)).toBe(-1);
    expect(sampler.draw(4, 0)).toBeGreaterThan(0);
    expect([sampler.drawn, sampler.givenUp]).toEqual([1, 1]);
    expect(new NegativeSampler(specOf("popularity"), 1).draw(3, 0)).toBe(-1);
  });

  it("have a chance that sums to 1 over the known items; a new one counts as one event", () => {
    const sampler = samplerOf("popularity");
    const chances = EVENTS.map((_, item) => Math.exp(sampler.logProbability(item)));
    expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 12);
    expect((chances[4] ?? 0) / (chances[0] ?? 1)).toBeCloseTo(200 ** 0.75, 1);
    expect(Math.exp(sampler.logProbability(99))).toBeCloseTo((chances[0] ?? 0) / (1 + (chances[0] ?? 0)), 12);
  });
});

it("goes on from a saved state as if it had not stopped", () => {
  const course = (sampler: NegativeSampler, from: number, to: number): number[] => {
    const drawn: number[] = [];
    for (let event = from; event < to; event++) {
      const [user, item] = [event % 5, (event * event) % 23];
      sampler.take(user, item);
      drawn.push(sampler.draw(user, item), sampler.logProbability(item));
      sampler.know(item);
    }
    return drawn;
  };
  const whole = new NegativeSampler(specOf("popularity"), 3);
  course(whole, 0, 150);
  const saved = structuredClone(whole.save());
  const resumed = new NegativeSampler(specOf("popularity"), 99);
  resumed.restore(saved);
  const rest = course(whole, 150, 400);
  expect(course(resumed, 150, 400)).toEqual(rest);
  expect(new Set(rest).size).toBeGreaterThan(20);
  expect(course(new NegativeSampler(specOf("popularity"), 4), 0, 400)).not.toEqual(
    course(new NegativeSampler(specOf("popularity"), 3), 0, 400),
  );
});
