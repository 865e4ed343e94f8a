import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HashSpec } from "../../../src/core/model-spec.js";
import { seededRandom } from "../../../src/core/random.js";
import type { Texts } from "../../../src/core/texts.js";
import { loadKernel } from "../../../src/io/kernels.js";
import { textsOfStrings } from "../../../src/io/parquet/text-column.js";
import { hashRow } from "../../../src/model/encoders/hash-bucket.js";
import { hashKernel } from "../../../src/model/encoders/hash-kernel.js";

const module = loadKernel("hash");

function spec(buckets: number): HashSpec {
  return { kind: "hash", function: "farmhash64", buckets };
}

function byKernel(texts: Texts, buckets: number): number[] {
  const plain = hashRow(spec(buckets));
  const rows = new Int32Array(texts.length).fill(-1);
  hashKernel(module, spec(buckets), plain)?.(texts, rows);
  return Array.from(rows);
}

function byPlain({ bytes, starts, ends, length }: Texts, buckets: number): number[] {
  const plain = hashRow(spec(buckets));
  return Array.from({ length }, (_, index) => plain(bytes, starts[index] ?? 0, ends[index] ?? 0));
}

describe("the hash kernel", () => {
  it("gives every text the row that the plain function gives it, at every length", () => {
    // Without a period, or words at two places of a text could be taken for each other.
    const random = seededRandom(3);
    const letters = Array.from({ length: 300 }, () => "aZ9_é"[Math.floor(5 * random.uniform())]).join("");
    const texts = textsOfStrings(Array.from(letters, (_, length) => letters.slice(0, length)));
    expect(texts.length).toBe(300);
    for (const buckets of [1, 7, 1 << 20, 2 ** 31 - 1])
      expect(byKernel(texts, buckets)).toEqual(byPlain(texts, buckets));
  });

  it("the same for any texts", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 90, unit: "grapheme" }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        (strings, buckets) => {
          const texts = textsOfStrings(strings);
          expect(byKernel(texts, buckets)).toEqual(byPlain(texts, buckets));
        },
      ),
    );
  });

  it("takes more texts than it stages at once, and one that is longer than its room", () => {
    const random = seededRandom(7);
    const strings = Array.from(
      { length: 40_000 },
      () => "x".repeat(Math.floor(60 * random.uniform())) + Math.floor(1e6 * random.uniform()),
    );
    strings[20_000] = "long".repeat(300_000);
    const texts = textsOfStrings(strings);
    expect(byKernel(texts, 1_000_003)).toEqual(byPlain(texts, 1_000_003));
  });

  it("leaves to the plain functions what it lacks", () => {
    const plain = hashRow(spec(10));
    expect(hashKernel(module, { ...spec(10), prefix: "a" }, plain)).toBeUndefined();
    expect(hashKernel(module, { ...spec(10), maskValue: "" }, plain)).toBeUndefined();
    expect(hashKernel(module, { ...spec(10), function: "murmur3-signed" }, plain)).toBeUndefined();
  });
});
