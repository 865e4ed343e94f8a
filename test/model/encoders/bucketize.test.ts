import fc from "fast-check";
import { expect, it } from "vitest";
import { bucketizer } from "../../../src/model/encoders/bucketize.js";

const buckets = (
  boundaries: number[],
  values: readonly number[],
  more: Partial<Parameters<typeof bucketizer>[0]> = {},
): number[] => values.map(bucketizer({ kind: "bucketize", boundaries, precision: "float32", ...more }));

it("as the documentation of TensorFlow's Bucketize, Keras' Discretization and torch.bucketize has it", () => {
  expect(buckets([0, 10, 100], [-5, 10_000, 150, 10, 5, 100])).toEqual([0, 3, 3, 2, 1, 3]);
  expect(buckets([0, 1, 2], [-1.5, 1, 3.4, 0.5, 0, 3, 1.3, 0])).toEqual([0, 2, 3, 1, 1, 3, 2, 1]);
  expect(buckets([1, 3, 5, 7, 9], [3, 6, 9], { side: "left" })).toEqual([1, 3, 4]);
  expect(buckets([1, 3, 5, 7, 9], [3, 6, 9], { side: "right" })).toEqual([2, 3, 5]);
});

it("compares in float32 where the source did: 0.1 is above a boundary that is 0.1 in float32 only there", () => {
  const boundary = Math.fround(0.1);
  expect(boundary).toBeGreaterThan(0.1);
  expect(buckets([boundary], [0.1])).toEqual([1]);
  expect(buckets([boundary], [0.1], { precision: "float64" })).toEqual([0]);
});

it("is the count of boundaries below, whatever they are; those beyond the rows share one", () => {
  let ties = 0;
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: -25, max: 25 }),
      (numbers, value) => {
        const boundaries = numbers.sort((a, b) => a - b);
        const atOrBelow = boundaries.filter((boundary) => boundary <= value).length;
        const below = boundaries.filter((boundary) => boundary < value).length;
        if (atOrBelow !== below) ties += 1;
        expect(buckets(boundaries, [value])).toEqual([atOrBelow]);
        expect(buckets(boundaries, [value], { side: "left" })).toEqual([below]);
        const from = Math.ceil(boundaries.length / 2);
        const [short] = buckets(boundaries, [value], { beyond: { from, row: 0 } });
        expect(short).toBe(atOrBelow >= from ? 0 : atOrBelow);
      },
    ),
    { seed: 5, numRuns: 300 },
  );
  expect(ties).toBeGreaterThan(30);
});
