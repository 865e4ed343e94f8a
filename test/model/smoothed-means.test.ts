import fc from "fast-check";
import { expect, it } from "vitest";
import { SmoothedMeans } from "../../src/model/smoothed-means.js";

const events = fc.array(
  fc.record({
    key: fc.integer({ min: 0, max: 40 }),
    label: fc.integer({ min: 0, max: 1 }),
    weight: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 80 },
);

it("predicts (labels + prior) / (weight + prior) of the key's rows so far", () => {
  fc.assert(
    fc.property(events, fc.integer({ min: 0, max: 5 }), (list, a) => {
      const means = new SmoothedMeans({ sum: a, count: a + 1 }, 0.5);
      list.forEach(({ key, label, weight }, index) => {
        const own = list.slice(0, index).filter((event) => event.key === key);
        const sum = own.reduce((total, event) => total + event.weight * event.label, a);
        const count = own.reduce((total, event) => total + event.weight, a + 1);
        expect(means.predict(key)).toBe(sum / count);
        means.learn(key, label, weight);
      });
    }),
  );
});

it("without a prior, a key never learned predicts what it was told to", () => {
  const means = new SmoothedMeans({ sum: 0, count: 0 }, 0.5);
  expect(means.predict(1e6)).toBe(0.5);
  means.learn(3, 1);
  expect(means.predict(3)).toBe(1);
  expect(means.predict(2)).toBe(0.5);
});

it("saved through JSON and restored, it goes on as if nothing had been", () => {
  fc.assert(
    fc.property(events, events, (before, after) => {
      const one = new SmoothedMeans({ sum: 1, count: 2 });
      const other = new SmoothedMeans({ sum: 1, count: 2 });
      for (const { key, label, weight } of before) one.learn(key, label, weight);
      other.restore(JSON.parse(JSON.stringify(one.save())) as ReturnType<SmoothedMeans["save"]>);
      for (const { key, label, weight } of after) {
        expect(other.predict(key)).toBe(one.predict(key));
        one.learn(key, label, weight);
        other.learn(key, label, weight);
      }
      expect(other.save()).toEqual(one.save());
    }),
  );
});
