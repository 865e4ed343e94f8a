import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePlain } from "../../src/io/parquet/hybrid.js";
import { decodeByKernel } from "../../src/io/parquet/hybrid-kernel.js";
import { hybridBytes } from "../support/hybrid-bytes.js";

/** Bit-packed values or a run, some hundred of them together. */
function parts(width: number): fc.Arbitrary<(number[] | { value: number; run: number })[]> {
  const value = fc.integer({ min: 0, max: 2 ** width - 1 });
  const packed = fc
    .integer({ min: 1, max: 12 })
    .chain((groups) => fc.array(value, { minLength: 8 * groups, maxLength: 8 * groups }));
  const run = fc.record({ value, run: fc.integer({ min: 1, max: 300 }) });
  return fc.array(fc.oneof(packed, run), { minLength: 4, maxLength: 12 });
}

function valuesOf(all: readonly (readonly number[] | { value: number; run: number })[]): number[] {
  return all.flatMap((part) => ("run" in part ? Array<number>(part.run).fill(part.value) : part));
}

describe("the kernel of the hybrid encoding", () => {
  it("decodes what the plain code decodes, at every width, and nothing that it refuses", () => {
    const seen = { decoded: 0, refused: 0 };
    for (let width = 1; width <= 32; width++) {
      fc.assert(
        fc.property(parts(width), fc.nat(3), (all, cut) => {
          const values = valuesOf(all);
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
    const all = [{ value: 3, run: 200_000 }, Array.from({ length: 80_000 }, (_, at) => at % 8)];
    const bytes = hybridBytes(3, all);
    const found = decodeByKernel(bytes, 3, 280_000, 7) ?? new Int32Array(0);
    expect(
      Buffer.compare(Buffer.from(found.buffer), Buffer.from(Int32Array.from(valuesOf(all)).buffer)),
    ).toBe(0);
  });
});
