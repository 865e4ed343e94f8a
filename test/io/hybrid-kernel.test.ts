import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePlain } from "../../src/io/parquet/hybrid.js";
import { decodeByKernel } from "../../src/io/parquet/hybrid-kernel.js";
import { hybridBytes } from "../support/hybrid-bytes.js";

type Part = number[] | { value: number; run: number };

/** Their headers end in bytes of every kind: of 64 on they have two. */
const RUNS = [1, 2, 7, 31, 32, 40, 63, 64, 100, 300];
const GROUPS = [1, 2, 7, 31, 32, 40, 63, 64];

/** Bit-packed values or a run, some hundred of them together; a log may end within the last group of eight. */
function parts(width: number): fc.Arbitrary<{ all: Part[]; short: number }> {
  const value = fc.integer({ min: 0, max: Math.max(1, 2 ** width - 2) });
  const packed = fc
    .constantFrom(...GROUPS)
    .chain((groups) => fc.array(value, { minLength: 8 * groups, maxLength: 8 * groups, size: "max" }));
  // The largest of all stands in runs alone, or else a run's own would seldom be what is refused.
  const largest = fc.constant(2 ** width - 1);
  const run = fc.record({ value: fc.oneof(value, largest), run: fc.constantFrom(...RUNS) });
  const part = fc.boolean().chain((isRun): fc.Arbitrary<Part> => (isRun ? run : packed));
  const all = fc.array(part, { minLength: 4, maxLength: 8, size: "max" });
  return fc.record({ all, short: fc.constantFrom(0, 0, 1, 5) });
}

function valuesOf(all: readonly Part[]): number[] {
  return all.flatMap((part) => ("run" in part ? Array<number>(part.run).fill(part.value) : part));
}

describe("the kernel of the hybrid encoding", () => {
  it("decodes what the plain code decodes, at every width, and nothing that it refuses", () => {
    const seen = { decoded: 0, refused: 0 };
    for (let width = 1; width <= 32; width++) {
      fc.assert(
        fc.property(parts(width), fc.constantFrom(0, 0, 1, 2, 3), ({ all, short }, cut) => {
          const written = valuesOf(all);
          const values = written.slice(0, written.length - short);
          const whole = hybridBytes(width, all);
          const bytes = whole.subarray(0, whole.length - cut);
          const most = values.reduce((largest, value) => Math.max(largest, value), 0);
          const plain = (limit: number): Int32Array | undefined => {
            try {
              return decodePlain(bytes, 0, bytes.length, width, values.length, limit);
            } catch (error) {
              expect(error).toBeInstanceOf(RangeError);
              return undefined;
            }
          };
          for (const limit of most === 0 ? [most] : [most, most - 1]) {
            const expected = plain(limit);
            const found = decodeByKernel(bytes, width, values.length, limit);
            if (values.length < 256) expect(found).toBeUndefined();
            else expect(found).toEqual(expected);
            if (values.length >= 256) seen[expected === undefined ? "refused" : "decoded"] += 1;
          }
        }),
        { numRuns: 12 },
      );
    }
    expect(seen.decoded).toBeGreaterThan(50);
    expect(seen.refused).toBeGreaterThan(200);
  });

  it("takes more values than its first memory holds", () => {
    // Headers of four bytes and three, and a last run of one value.
    const all = [
      { value: 3, run: 1_100_000 },
      Array.from({ length: 80_000 }, (_, at) => at % 8),
      { value: 6, run: 1 },
    ];
    const bytes = hybridBytes(3, all);
    const found = decodeByKernel(bytes, 3, 1_180_001, 7) ?? new Int32Array(0);
    expect(
      Buffer.compare(Buffer.from(found.buffer), Buffer.from(Int32Array.from(valuesOf(all)).buffer)),
    ).toBe(0);
  });
});
