import fc from "fast-check";
import { expect, it } from "vitest";
import { runFloor } from "../../src/compare/floor.js";
import { silent } from "../../src/core/progress.js";
import { gatherBatch } from "../../src/model/batch.js";
import { sigmoid } from "../../src/model/logistic.js";
import { labelOrder } from "../../src/replay/order.js";
import { batchOf } from "../support/learner.js";

interface Event {
  at: number;
  delay: number;
  user: number;
  item: number;
  label: number;
}
const small = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const events = fc.array(
  fc.record({
    at: small(20),
    delay: small(6),
    user: fc.integer({ min: -1, max: 3 }),
    item: small(3),
    label: small(1),
  }),
  { minLength: 1, maxLength: 40, size: "max" },
);
const START = 8;

it("is the smoothed mean of the labels known strictly before, by a count over all rows", () => {
  let compared = 0;
  fc.assert(
    fc.property(events, fc.constantFrom("global", "item", "user"), small(3), (unsorted, of, a) => {
      const list = unsorted.toSorted((one, two) => one.at - two.at);
      const predictions = batchOf({
        labels: list.map(({ label }) => label),
        shownAt: list.map(({ at }) => at),
        knownAt: list.map(({ at, delay }) => at + delay),
        users: list.map(({ user }) => user),
        items: list.map(({ item }) => item),
      });
      const labels = gatherBatch(predictions, labelOrder(predictions));
      const atOrAfter = (times: Float64Array): number => times.filter((time) => time < START).length;
      const firstPrediction = atOrAfter(predictions.shownAtMicros);
      const firstLabel = atOrAfter(labels.knownAtMicros);
      const scores = new Float64Array(list.length);
      const learned = runFloor(
        { of, prior: { sum: a, count: 4 } },
        {
          predictions,
          labels,
          firstPrediction,
          firstLabel,
          startMicros: START,
          link: "logistic",
          progress: silent,
        },
        scores,
      );
      expect(learned).toBe(list.filter(({ at, delay }) => at + delay >= START).length);
      const keyOf = (event: Event): number => (of === "global" ? 0 : event[of]);
      for (const [row, event] of list.entries()) {
        if (event.at < START) continue;
        const known = list.filter(
          (other) => other.at + other.delay < event.at && keyOf(other) === keyOf(event),
        );
        const positives = known.filter(({ label }) => label === 1).length;
        expect(sigmoid(scores[row] ?? 0)).toBeCloseTo((positives + a) / (known.length + 4), 12);
        compared += 1;
      }
    }),
  );
  expect(compared).toBeGreaterThan(200);
});

it("wants the column whose means it takes, and a prior that is a share", () => {
  const predictions = batchOf({ labels: [1] });
  const course = { predictions, labels: predictions, firstPrediction: 0, firstLabel: 0, startMicros: 0 };
  const run = (of: "global" | "item", sum: number): unknown =>
    runFloor(
      { of, prior: { sum, count: 2 } },
      { ...course, link: "logistic", progress: silent },
      new Float64Array(1),
    );
  expect(() => run("item", 1)).toThrow(/no log.item/);
  expect(() => run("global", 3)).toThrow(/3 positives in 2 rows/);
  expect(run("global", 1)).toBe(1);
});
