import { describe, expect, it } from "vitest";
import { hashRow, textRow } from "../../../src/model/encoders/hash-bucket.js";
import { siphash } from "../../../src/model/encoders/siphash.js";

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at);

describe("SipHash-2-4", () => {
  it("of the paper's appendix A, and of the reference implementation's vectors.h", () => {
    const key = counting(16);
    expect(siphash(counting(15), key)).toBe(0xa129ca6149be45e5n);
    expect(siphash(counting(0), key)).toBe(0x726fdb47dd0e0e31n);
    expect(siphash(counting(1), key)).toBe(0x74f839c593dc67fdn);
    expect(siphash(counting(8), key)).toBe(0x93f5f5799a932462n);
  });

  it("as the documentation of Keras' Hashing and of tf.strings.to_hash_bucket_strong has it", () => {
    const rows = (buckets: number, key: [number, number], texts: readonly string[]): number[] =>
      texts.map(textRow(hashRow({ function: "siphash64", buckets, key })));
    expect(rows(3, [133, 137], ["A", "B", "C", "D", "E"])).toEqual([1, 2, 1, 0, 2]);
    expect(rows(3, [133, 133], ["A", "B", "C", "D", "E"])).toEqual([0, 0, 2, 1, 0]);
    expect(rows(3, [1, 2], ["Hello", "TF"])).toEqual([2, 0]);
  });
});
