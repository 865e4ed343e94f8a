import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EventId, labelOrder, predictionOrder } from "../../src/replay/order.js";
import { batchOf } from "../support/learner.js";

const rowsOf = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, row) => row);
const order = (times: readonly number[], ids?: readonly EventId[]): number[] =>
  Array.from(predictionOrder(rowsOf(times.length), Float64Array.from(times), ids));

describe("the order of predictions", () => {
  it("is by time, and by place in the log where times are equal", () => {
    expect(order([5, 3, 5, 3, 4])).toEqual([1, 3, 4, 0, 2]);
    expect(order([1, 1, 1])).toEqual([0, 1, 2]);
    expect(order([])).toEqual([]);
  });

  it("is by event id where times are equal: numbers by value, whatever they were stored as", () => {
    expect(order([1, 1, 1, 0], [10, 9, 2, 99])).toEqual([3, 2, 1, 0]);
    expect(order([1, 1, 1], ["9007199254740993", "9007199254740992", 7])).toEqual([2, 1, 0]);
    expect(order([1, 1], ["-9007199254740993", "-9007199254740994"])).toEqual([1, 0]);
  });

  it("has integers before other texts, those by code unit, and equal ids by place", () => {
    expect(order([1, 1, 1, 1, 1], ["b", "ab", "B", 10, "9x"])).toEqual([3, 4, 2, 1, 0]);
    expect(order([1, 1, 1], ["a", "a", "a"])).toEqual([0, 1, 2]);
  });

  const id = fc.oneof(
    fc.integer({ min: -3, max: 12 }),
    fc.constantFrom("4x", "x", "", "007", "7a", "10", "9", "-0", "9007199254740993"),
  );

  it("is the same for any permutation of different ids", () => {
    let moved = 0;
    const shuffled = fc
      .tuple(fc.uniqueArray(id, { maxLength: 12, selector: String }), fc.infiniteStream(fc.nat(1e6)))
      .map(([ids, keys]) => ({
        ids,
        mixed: ids
          .map((one) => ({ one, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one),
      }));
    fc.assert(
      fc.property(shuffled, ({ ids, mixed }) => {
        const times = ids.map(() => 1);
        const sorted = (list: readonly EventId[]): (EventId | undefined)[] =>
          order(times, list).map((row) => list[row]);
        expect(sorted(mixed)).toEqual(sorted(ids));
        if (mixed.some((one, at) => one !== ids[at])) moved += 1;
      }),
      { numRuns: 500 },
    );
    expect(moved).toBeGreaterThan(250);
  });

  it("is a stable sort of the rows that it is given alone", () => {
    let compared = 0;
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(5), fc.constant(Number.NaN)), { minLength: 5, maxLength: 30 }),
        (times) => {
          const usable = rowsOf(times.length).filter((row) => !Number.isNaN(times[row]));
          const sorted = predictionOrder(usable.slice(), Float64Array.from(times), undefined);
          const expected = Array.from(usable).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
          expect(Array.from(sorted)).toEqual(expected);
          compared += expected.length;
        },
      ),
    );
    expect(compared).toBeGreaterThan(150);
  });
});

describe("the order of labels", () => {
  it("is by known-at, then by the order of predictions; what is never known is left out", () => {
    const batch = batchOf({ labels: [0, 0, 0, 0, 0] });
    const known = { ...batch, knownAtMicros: Float64Array.of(9, 2, Number.POSITIVE_INFINITY, 2, 1) };
    expect(Array.from(labelOrder(known))).toEqual([4, 1, 3, 0]);
  });
});
