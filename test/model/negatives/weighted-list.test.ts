import fc from "fast-check";
import { expect, it } from "vitest";
import { PairSet } from "../../../src/model/negatives/pair-set.js";
import { WeightedList } from "../../../src/model/negatives/weighted-list.js";

it("a weighted list finds the entry that a share falls into, as a loop over all does", () => {
  let found = 0;
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 70, size: "max" }),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 9 })), { maxLength: 20 }),
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 }),
      (weights, changes, shares) => {
        const list = new WeightedList();
        const plain = [...weights];
        for (const weight of weights) list.push(weight);
        for (const [at, weight] of changes) {
          list.set(at % plain.length, weight);
          plain[at % plain.length] = weight;
        }
        const total = plain.reduce((sum, weight) => sum + weight, 0);
        expect([list.length, list.total]).toEqual([plain.length, total]);
        if (total === 0) return;
        for (const share of shares) {
          let [at, upTo] = [0, plain[0] ?? 0];
          while (upTo <= share * total) upTo += plain[++at] ?? Number.POSITIVE_INFINITY;
          expect(list.at(share)).toBe(at);
          expect(list.weightOf(at)).toBe(plain[at]);
          found += 1;
        }
      },
    ),
  );
  expect(found).toBeGreaterThan(300);
});

it("a set of pairs holds what was added, and its pairs make the same set again", () => {
  let held = 0;
  const pair = fc.tuple(fc.nat(12), fc.oneof(fc.nat(12), fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 })));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 200, size: "max" }), fc.array(pair), (added, asked) => {
      const set = new PairSet();
      for (const [left, right] of added) set.add(left, right);
      const expected = new Set(added.map(String));
      expect(set.size).toBe(expected.size);
      const again = new PairSet();
      const pairs = set.pairs();
      for (let at = 0; at < pairs.length; at += 2) again.add(pairs[at] ?? 0, pairs[at + 1] ?? 0);
      for (const [left, right] of [...added, ...asked]) {
        expect(set.has(left, right)).toBe(expected.has(String([left, right])));
        expect(again.has(left, right)).toBe(set.has(left, right));
        held += 1;
      }
    }),
  );
  expect(held).toBeGreaterThan(2000);
});
