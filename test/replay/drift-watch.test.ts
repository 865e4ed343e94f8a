import { expect, it } from "vitest";
import { seededRandom } from "../../src/core/random.js";
import { watchDrift } from "../../src/replay/drift-watch.js";
import { labelOrder } from "../../src/replay/order.js";
import { batchOf } from "../support/learner.js";

const ROWS = 6000;
const CHANGE = 3000;

/** Clicks at 10 %, then at 60 %; the shadow goes on saying 10 %, the learner follows at once. */
function watched(delayMicros: number) {
  const random = seededRandom(3);
  const rates = Array.from({ length: ROWS }, (_, row) => (row < CHANGE ? 0.1 : 0.6));
  const batch = batchOf({
    labels: rates.map((rate) => (random.uniform() < rate ? 1 : 0)),
    shownAt: rates.map((_, row) => row * 1e6),
    knownAt: rates.map((_, row) => row * 1e6 + delayMicros),
  });
  const logit = (rate: number): number => Math.log(rate / (1 - rate));
  const shadow = new Float64Array(ROWS).fill(logit(0.1));
  const result = watchDrift(
    batch,
    labelOrder(batch),
    { learner: shadow.map((score, row) => (row < CHANGE ? score : 0)), shadow },
    "logistic",
  );
  if ("refused" in result) throw new Error(result.reason);
  return result;
}

it("sees in the frozen shadow's loss that the log changed, and when", () => {
  const { detectors } = watched(0);
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
  const first = (delay: number): number => Date.parse(watched(delay).detectors[0]?.shadow.at[0] ?? "");
  expect(first(3600e6) - first(0)).toBe(3600e3);
});

it("refuses losses without a bound, and a log without labels has no rate", () => {
  const batch = batchOf({ labels: [1], knownAt: [Number.POSITIVE_INFINITY] });
  const scores = { learner: new Float64Array(1), shadow: new Float64Array(1) };
  expect(watchDrift(batch, labelOrder(batch), scores, "squared")).toMatchObject({
    refused: "not-a-probability",
  });
  const none = watchDrift(batch, labelOrder(batch), scores, "logistic");
  expect("detectors" in none && none.detectors[0]?.shadow.per100k).toMatchObject({ refused: "no-rows" });
});
