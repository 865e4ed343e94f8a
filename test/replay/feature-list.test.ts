import fc from "fast-check";
import { expect, it } from "vitest";
import { type FeatureColumn, gatherFeature } from "../../src/model/batch.js";
import { FeatureList } from "../../src/replay/feature-list.js";

const number = fc.integer({ min: -5, max: 50 });
const numbers = fc.array(number, { minLength: 1, maxLength: 12 });
const bags = fc
  .tuple(fc.array(fc.array(number, { maxLength: 4 }), { minLength: 1, maxLength: 12 }), fc.boolean())
  .map(([list, isWeighted]): FeatureColumn => {
    const offsets = [0];
    for (const bag of list) offsets.push((offsets.at(-1) ?? 0) + bag.length);
    const codes = Int32Array.from(list.flat());
    return {
      ...{ kind: "bags", offsets: Int32Array.from(offsets), codes },
      ...(isWeighted ? { weights: Float64Array.from(codes, (_, at) => at / 2) } : {}),
    };
  });
const column: fc.Arbitrary<FeatureColumn> = fc.oneof(
  numbers.map((list): FeatureColumn => ({ kind: "rows", codes: Int32Array.from(list) })),
  numbers.map(
    (list): FeatureColumn => ({ kind: "values", values: Float64Array.from(list, (one) => one / 4) }),
  ),
  bags,
);
const rowsOf = (one: FeatureColumn): number =>
  one.kind === "bags" ? one.offsets.length - 1 : (one.kind === "rows" ? one.codes : one.values).length;

it("a list of values put and copied one by one is the column gathered", () => {
  let put = 0;
  fc.assert(
    fc.property(column, fc.array(fc.nat(), { maxLength: 20 }), (given, picks) => {
      const rows = rowsOf(given);
      const whole = new FeatureList(given);
      // Backwards rows first, as values that are put anew later.
      for (let row = 0; row < rows; row++) whole.set(row, given, rows - 1 - row);
      for (let row = 0; row < rows; row++) whole.set(row, given, row);
      expect(whole.column(rows)).toEqual(given);
      const order = Int32Array.from(picks, (pick) => pick % rows);
      const copied = new FeatureList(given);
      order.forEach((row, place) => {
        if (place % 2 === 0) copied.copy(place, whole, row);
        else copied.set(place, given, row);
      });
      expect(copied.column(order.length)).toEqual(gatherFeature(given, order));
      put += order.length;
    }),
  );
  expect(put).toBeGreaterThan(200);
});
