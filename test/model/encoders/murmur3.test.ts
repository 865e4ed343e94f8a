import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hashRow, textRow } from "../../../src/model/encoders/hash-bucket.js";
import { murmur3 } from "../../../src/model/encoders/murmur3.js";
import { namespaceHash, VOWPAL_WABBIT_CONSTANT } from "../../../src/model/encoders/vowpal-wabbit-hash.js";
import { describeWith } from "../../support/external.js";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const signed = (text: string, seed = 0): number => murmur3(encode(text), 0, encode(text).length, seed);

interface Golden {
  tokens: string[];
  murmur3_32_signed: number[];
  index_sign: [number, number][];
}

describe("MurmurHash3-32", () => {
  it("of scikit-learn's tests and of the reference implementation, with seeds", () => {
    // sklearn/utils/tests/test_murmurhash.py: b"foo" and "foo".
    expect([signed("foo"), signed("foo", 42)]).toEqual([-156908512, -1322301282]);
    expect(signed("", 1) >>> 0).toBe(0x514e28b7);
    expect(signed("", 0xffffffff) >>> 0).toBe(0x81f16f39);
  });

  it("as scikit-learn hashed the tokens of the fixture: hashes, columns and signs", () => {
    const path = "fixtures/made/sklearn_lr_hash/golden.json";
    const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;
    expect(golden.tokens.map((token) => signed(token))).toEqual(golden.murmur3_32_signed);
    const row = textRow(hashRow({ function: "murmur3-signed", buckets: 16_384 }));
    const rows = golden.index_sign.map(([index, sign]) => (sign < 0 ? 16_384 + index : index));
    expect(golden.tokens.map(row)).toEqual(rows);
    expect(golden.tokens.length).toBe(10);
  });
});

describe("Vowpal Wabbit's hash", () => {
  const row = (namespace: string, text: string): number =>
    textRow(hashRow({ function: "vowpal-wabbit", namespace, buckets: 2 ** 18 }))(text);

  it("of digits alone is their number, after the namespace's hash; spaces around do not count", () => {
    expect(row("", "0")).toBe(0);
    expect(row("", " 1234 ")).toBe(1234);
    expect(row("", "300000")).toBe(300_000 % 2 ** 18);
    expect(row("u", "12")).toBe((namespaceHash("u") + 12) % 2 ** 18);
    expect(row("u", "12a")).not.toBe((namespaceHash("u") + 12) % 2 ** 18);
    expect(VOWPAL_WABBIT_CONSTANT % 2 ** 18).toBe(116_060);
  });
});

describeWith("UNBATCH_DATA", "Vowpal Wabbit's own --invert_hash files", (data) => {
  it("have each feature where its hash puts it", () => {
    let compared = 0;
    for (const file of ["cb_simple_invert_hash.txt", "ccb_quad.inv"]) {
      const text = readFileSync(`${data}/checkpoints/vowpal_wabbit/${file}`, "utf8");
      for (const [, name = "", index] of text.matchAll(/^([^*\n:]+):(\d+):/gm)) {
        const parts = name.split("^");
        // What VW adds of its own accord has indices of its own.
        if (/^(Constant|_ccb_slot_index)/.test(name)) continue;
        const [feature = "", namespace = ""] = parts.reverse();
        const row = textRow(hashRow({ function: "vowpal-wabbit", namespace, buckets: 2 ** 18 }));
        expect([file, name, row(feature)]).toEqual([file, name, Number(index)]);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(5);
  });
});
