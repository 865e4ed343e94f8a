import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BytesToRow, hashRow, textRow } from "../../../src/model/encoders/hash-bucket.js";

describe("the row of a hashed value", () => {
  it("of Keras' Hashing, as its documentation has it, with and without a masked value", () => {
    const plain = textRow(hashRow({ function: "farmhash64", buckets: 3 }));
    expect(["A", "B", "C", "D", "E"].map(plain)).toEqual([1, 0, 1, 1, 2]);
    const masked = textRow(hashRow({ function: "farmhash64", buckets: 3, maskValue: "" }));
    expect(["A", "B", "", "C", "D"].map(masked)).toEqual([1, 1, 0, 2, 2]);
  });

  const functions: [string, (prefix?: string) => BytesToRow, number][] = [
    ["farmhash64", (prefix) => hashRow({ function: "farmhash64", buckets: 1009, prefix }), 1009],
    ["siphash64", (prefix) => hashRow({ function: "siphash64", buckets: 1009, key: [1, 2], prefix }), 1009],
    ["murmur3-signed", (prefix) => hashRow({ function: "murmur3-signed", buckets: 1009, prefix }), 2018],
    [
      "vowpal-wabbit",
      (prefix) => hashRow({ function: "vowpal-wabbit", buckets: 1024, namespace: "n", prefix }),
      1024,
    ],
  ];

  it.each(functions)("%s: of bytes wherever they stand, and of a prefix joined to them", (_, rowOf, rows) => {
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    let longest = 0;
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 400, size: "max" }),
        fc.string({ maxLength: 20 }),
        fc.nat(9),
        (text, prefix, before) => {
          const bytes = encode(text);
          longest = Math.max(longest, bytes.length);
          const alone = rowOf()(bytes, 0, bytes.length);
          expect(alone).toBeGreaterThanOrEqual(0);
          expect(alone).toBeLessThan(rows);
          const shifted = new Uint8Array(before + bytes.length + 3).fill(7);
          shifted.set(bytes, before);
          expect(rowOf()(shifted, before, before + bytes.length)).toBe(alone);
          expect(textRow(rowOf())(text)).toBe(alone);
          const joined = encode(prefix + text);
          expect(rowOf(prefix)(bytes, 0, bytes.length)).toBe(rowOf()(joined, 0, joined.length));
        },
      ),
      { seed: 7, numRuns: 200 },
    );
    expect(longest).toBeGreaterThan(300);
  });
});
