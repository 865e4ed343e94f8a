import { expect, it } from "vitest";
import { seededRandom } from "../../src/core/random.js";
import { DriftWatch, watchesDrift } from "../../src/replay/drift-watch.js";
import { labelSegment } from "../../src/replay/label-segment.js";
import { lossesOf } from "../../src/replay/loss-watch.js";
import { batchOf } from "../support/learner.js";

const ROWS = 6000;
const CHANGE = 3000;

/** Clicks at 10 %, then at 60 %; the shadow goes on saying 10 %, the learner follows at once. */
function watched(delayMicros: number, cut = ROWS) {
  const random = seededRandom(3);
  const rates = Array.from({ length: ROWS }, (_, row) => (row < CHANGE ? 0.1 : 0.6));
  const batch = batchOf({
    labels: rates.map((rate) => (random.uniform() < rate ? 1 : 0)),
    shownAt: rates.map((_, row) => row * 1e6),
    knownAt: rates.map((_, row) => row * 1e6 + delayMicros),
  });
  const shadow = new Float64Array(ROWS).fill(0.1);
  const learner = shadow.map((prediction, row) => (row < CHANGE ? prediction : 0.5));
  const segment = labelSegment(batch, { learner, shadow }, undefined);
  const watch = new DriftWatch(["adwin", "page-hinkley", "kswin"]);
  for (let from = 0; from < ROWS; from += cut)
    watch.add(lossesOf({ segment, from, to: Math.min(from + cut, ROWS) }));
  return watch.finish(undefined).detectors.map((one) => {
    if ("refused" in one.shadow) throw new Error(one.shadow.reason);
    return { ...one, shadow: one.shadow };
  });
}

it("sees in the frozen shadow's loss that the log changed, and when", () => {
  const detectors = watched(0);
  expect(detectors.map(({ detector }) => detector)).toEqual(["adwin", "page-hinkley", "kswin"]);
  for (const { detector, shadow, learner } of detectors) {
    const [first] = shadow.at;
    expect(first, detector).toBeDefined();
    const seconds = Date.parse(first ?? "") / 1000;
    // Page-Hinkley and KSWIN promise no rate of false alarms; ADWIN does.
    if (detector === "adwin") {
      expect(seconds).toBeGreaterThanOrEqual(CHANGE);
      expect(seconds).toBeLessThan(CHANGE + 300);
    }
    expect(shadow.per100k).toMatchObject({ value: (shadow.at.length * 100_000) / ROWS, rows: ROWS });
    expect(learner.per100k).toMatchObject({ rows: ROWS });
  }
});

it("gives the time at which the label was known, not the row was shown", () => {
  const first = (delay: number): number => Date.parse(watched(delay)[0]?.shadow.at[0] ?? "");
  expect(first(3600e6) - first(0)).toBe(3600e3);
});

it("does not depend on how many labels come at once", () => {
  expect(watched(0, 7)).toEqual(watched(0));
});

it("refuses losses without a bound, and a log without labels has no rate", () => {
  expect(watchesDrift("squared")).toMatchObject({ refused: "not-a-probability" });
  expect(watchesDrift("logistic")).toBeUndefined();
  expect(new DriftWatch(["adwin"]).finish(undefined).detectors[0]?.shadow).toMatchObject({
    per100k: { refused: "no-rows" },
  });
});
