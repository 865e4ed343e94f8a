import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/core/random.js";
import { adwin } from "../../../src/measure/drift/adwin.js";
import type { Detector } from "../../../src/measure/drift/detector.js";
import { type KswinState, kswin } from "../../../src/measure/drift/kswin.js";
import { pageHinkley } from "../../../src/measure/drift/page-hinkley.js";

const json = <State>(state: State): State => JSON.parse(JSON.stringify(state)) as State;

/** By name: a new detector, and one that goes on from a state. */
const detectors: Record<string, { fresh(): Detector; from(state: unknown): Detector }> = {
  "adwin moa": {
    fresh: () => adwin(),
    from: (state) => adwin({}, "moa", state as ReturnType<typeof adwin>["state"]),
  },
  "adwin river": {
    fresh: () => adwin({}, "river"),
    from: (state) => adwin({}, "river", state as ReturnType<typeof adwin>["state"]),
  },
  "page-hinkley": {
    fresh: () => pageHinkley({ threshold: 10 }),
    from: (state) => pageHinkley({ threshold: 10 }, state as ReturnType<typeof pageHinkley>["state"]),
  },
  "kswin sampled": {
    fresh: () => kswin({ alpha: 0.005 }),
    from: (state) => kswin({ alpha: 0.005 }, "sampled", state as KswinState),
  },
  "kswin all": {
    fresh: () => kswin({ alpha: 0.005 }, "all"),
    from: (state) => kswin({ alpha: 0.005 }, "all", state as KswinState),
  },
};

/** Bernoulli whose rate goes from .2 to .8 and back. */
const values = ((): number[] => {
  const random = seededRandom(7);
  return Array.from({ length: 1500 }, (_, at) =>
    random.uniform() < (at >= 500 && at < 1000 ? 0.8 : 0.2) ? 1 : 0,
  );
})();

describe.each(Object.entries(detectors))("%s", (_, { fresh, from }) => {
  const run = (detector: Detector, list: readonly number[]): boolean[] =>
    list.map((value) => detector.update(value));

  it("sees both changes", () => {
    const at = run(fresh(), values).flatMap((drift, index) => (drift ? [index] : []));
    expect(at.some((index) => index >= 500 && index < 700)).toBe(true);
    expect(at.some((index) => index >= 1000 && index < 1200)).toBe(true);
  });

  it("goes on to the bit from its state written as JSON, at any place", () => {
    const whole = fresh();
    const expected = run(whole, values);
    let cuts = 0;
    for (let cut = 0; cut <= values.length; cut += 61) {
      const first = fresh();
      const before = run(first, values.slice(0, cut));
      const second = from(json(first.state));
      expect([...before, ...run(second, values.slice(cut))]).toEqual(expected);
      expect(json(second.state)).toEqual(json(whole.state));
      cuts += 1;
    }
    expect(cuts).toBeGreaterThan(20);
    expect(JSON.stringify(whole.state)).not.toContain("null");
  });

  it("takes no NaN and no infinity", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(() => fresh().update(value)).toThrow(RangeError);
  });
});

it("kswin draws differently for another seed, and equally for the same", () => {
  const test = (seed: number): unknown => {
    const detector = kswin({ seed });
    for (const value of values.slice(450, 560)) detector.update(value);
    return detector.state;
  };
  expect(test(3)).toEqual(test(3));
  expect(test(3)).not.toEqual(test(4));
});
