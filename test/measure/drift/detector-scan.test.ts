import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/core/random.js";
import { adwin } from "../../../src/measure/drift/adwin.js";
import type { Detector } from "../../../src/measure/drift/detector.js";
import { kswin } from "../../../src/measure/drift/kswin.js";
import { pageHinkley } from "../../../src/measure/drift/page-hinkley.js";

const detectors: Readonly<Record<string, () => Detector>> = {
  "adwin, moa": () => adwin({ delta: 0.2 }),
  "adwin, river, tested at each value": () => adwin({ delta: 0.2, clock: 1 }, "river"),
  "page-hinkley": () => pageHinkley({ threshold: 1 }),
  kswin: () => kswin({ alpha: 0.01, window: 40, stat: 15 }),
};

/** Losses whose mean moves some times. */
function losses(seed: number, rows: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: rows }, (_, row) => ((row >> 8) % 3) * 0.3 + 0.4 * random.uniform());
}

function alarmsOneByOne(detector: Detector, values: Float64Array): number[] {
  return [...values.keys()].filter((at) => detector.update(values[at] ?? Number.NaN));
}

/** @param cuts lengths of the parts that the values come in. */
function alarmsOfScans(detector: Detector, values: Float64Array, cuts: readonly number[]): number[] {
  const alarms: number[] = [];
  let start = 0;
  for (let part = 0; start < values.length; part++) {
    const end = Math.min(values.length, start + (cuts[part % cuts.length] ?? 1));
    const own = values.subarray(start, end);
    for (let from = 0; from < own.length; ) {
      const at = detector.scan(own, from);
      if (at < own.length) alarms.push(start + at);
      from = at + 1;
    }
    start = end;
  }
  return alarms;
}

describe.each(Object.entries(detectors))("%s", (_, create) => {
  it("finds in parts of any length what it finds one by one, and ends in the same state", () => {
    let seen = 0;
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 4 }),
        (seed, cuts) => {
          const values = losses(seed, 2000);
          const [single, scanned] = [create(), create()];
          const alarms = alarmsOneByOne(single, values);
          expect(alarmsOfScans(scanned, values, cuts)).toEqual(alarms);
          expect(scanned.state).toEqual(single.state);
          seen += alarms.length;
        },
      ),
      { numRuns: 20 },
    );
    expect(seen).toBeGreaterThan(20);
  });

  it("throws on a number that is none", () => {
    expect(() => create().scan(Float64Array.of(0.5, Number.NaN), 0)).toThrow(RangeError);
  });
});
