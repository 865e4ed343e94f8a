import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ColumnEncoder } from "../../../src/model/encoders/column-encoder.js";
import { NumberCodes } from "../../../src/model/encoders/number-codes.js";

const number = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.double(),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2 ** 32, -(2 ** 32)),
);

describe("codes of numbers", () => {
  it("each number has one, made when it is first met and again after all were forgotten", () => {
    fc.assert(
      fc.property(fc.array(number, { maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (values, most) => {
        const made: (number | undefined)[] = [];
        const codes = new NumberCodes(most, (value) => made.push(value));
        const found = values.map((value) => codes.of(value));
        // Map has one key for both zeros, and one for NaN.
        found.forEach((code, at) => {
          const value = values[at] ?? 0;
          expect(made[code - 1]).toBe(Number.isNaN(value) ? undefined : value === 0 ? made[code - 1] : value);
          if (value === 0) expect(Math.abs(made[code - 1] ?? 1)).toBe(0);
        });
        if (new Set(values.map((value) => value + 0)).size <= most)
          expect(made.length).toBe(new Set(values.map((value) => value + 0)).size);
      }),
      { numRuns: 200 },
    );
  });

  it("thousands of them, and each is made once", () => {
    let made = 0;
    const codes = new NumberCodes(1_000_000, () => made++);
    for (let turn = 0; turn < 2; turn++)
      for (let value = 0; value < 50_000; value++) expect(codes.of(value * 4096 + 0.5)).toBe(value);
    expect(made).toBe(50_000);
  });
});

describe("numbers with a dictionary", () => {
  it("are encoded as without it, and those that no row has are not", () => {
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 1, maxLength: 20 }),
        fc.array(fc.integer({ min: -1, max: 19 }), { maxLength: 60 }),
        (all, picks) => {
          const distinct = Float64Array.from(all);
          const codes = Int32Array.from(picks, (pick) => (pick < 0 ? -1 : pick % distinct.length));
          const values = Float64Array.from(codes, (code) => distinct[code] ?? Number.NaN);
          const encode = (isCoded: boolean): object => {
            const asked = new Set<string | number | undefined>();
            const encoder = new ColumnEncoder({
              of(value) {
                asked.add(value);
                return typeof value === "number" && value > 1e100
                  ? "value-out-of-range"
                  : Number(value ?? 3) | 0;
              },
            });
            const rejections = new Uint8Array(codes.length);
            const into = new Int32Array(codes.length);
            const coded = { distinct, codes };
            encoder.encode(
              { kind: "number", values, ...(isCoded ? { coded } : {}) },
              codes.length,
              into,
              0,
              rejections,
            );
            return {
              into,
              rejections,
              asked: new Set([...asked].map((value) => Number(value ?? Number.NaN) + 0)),
            };
          };
          expect(encode(true)).toEqual(encode(false));
        },
      ),
    );
  });
});
