import fc from "fast-check";
import { expect, it } from "vitest";
import { type BuiltArray, heldArray, wholeOf } from "../../src/convert/built-array.js";
import { learnedRows, mirrored, withRows } from "../../src/convert/built-rows.js";
import { stateTensor } from "../../src/convert/state-tensor.js";
import { UnbatchError } from "../../src/core/errors.js";

/** What each makes of rows 1 ... n of a source: the array, and all of its numbers. */
const MADE: Record<
  string,
  (rows: number, width: number) => { array: BuiltArray; expected: readonly number[] }
> = {
  "weights that are changed": (rows, width) => ({
    array: learnedRows(() => (from, to, into) => into.set(source(to, width).slice(from * width)), {
      ...{ rows, width, isSmall: false },
      change: (value) => 2 * value + 1,
    }),
    expected: source(rows, width).map((value) => 2 * value + 1),
  }),
  "rows appended": (rows, width) => {
    const mean = Array.from({ length: width }, (_, k) => -1 - k);
    return {
      array: withRows(held(rows, width), 2, mean),
      expected: [...source(rows, width), ...mean, ...mean.map(() => 0)],
    };
  },
  "rows of both signs": (rows, width) => ({
    array: mirrored(held(rows, width), -1),
    expected: [...source(rows, width), ...source(rows, width).map((value) => -value)],
  }),
};

function source(rows: number, width: number): number[] {
  return Array.from({ length: rows * width }, (_, at) => 1 + at);
}

function held(rows: number, width: number): BuiltArray {
  return heldArray(Float64Array.from(source(rows, width)), width);
}

it.each(Object.entries(MADE))("%s: any part of any cut is that of the whole", (_, make) => {
  let cut = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4 }), (rows, width) => {
      const { array, expected } = make(rows, width);
      expect([...wholeOf(array)]).toEqual(expected);
      const rowsOf = array.open();
      const read = stateTensor("t", array, "float32").parts?.();
      for (let from = 0; from <= array.rows; from++)
        for (let to = from; to <= array.rows; to++)
          expect([...rowsOf(from, to)]).toEqual(expected.slice(from * width, to * width));
      // Of a tensor, elements too, wherever a row ends.
      for (let from = 0; from <= expected.length; from++)
        for (let to = from; to <= expected.length; to++) {
          expect(Array.from(read?.(from, to) ?? [], Number)).toEqual(expected.slice(from, to));
          cut += 1;
        }
    }),
    { numRuns: 20 },
  );
  expect(cut).toBeGreaterThan(1000);
});

it("numbers that float32 cannot hold are counted over the table, and the first is named", () => {
  const values = Float64Array.of(1, 2, 3, 1e39, 5, -1e300);
  const tensor = stateTensor("t", heldArray(values, 2), "float32", "source");
  expect(() => tensor.values()).toThrow(UnbatchError);
  expect(() => tensor.parts?.()(2, 4)).toThrow(
    /table t \(of source\): 2 of 6 numbers that float32 cannot hold, the first 1e\+39 at row 1, column 1/,
  );
  expect(tensor.parts?.()(0, 2)).toEqual(Float32Array.of(1, 2));
});
