import fc from "fast-check";
import { expect, it } from "vitest";
import { openCheckpoint } from "../../../src/convert/open.js";
import { UnbatchError } from "../../../src/core/errors.js";
import { elementCount, type Tensor } from "../../../src/core/tensor.js";
import { memoryTree } from "../../support/tree.js";

export type Files = Readonly<Record<string, Uint8Array>>;
type Outcome = "read" | "refused";

/**
 * Reads everything that can be read. What comes back is whole and no larger than the files; what does not is an
 * UnbatchError that names a file.
 */
async function outcome(path: string, files: Files, most: number): Promise<Outcome> {
  const bytes = Object.values(files).reduce((sum, { length }) => sum + length, 0);
  let result: Outcome = "read";
  const attempt = async (read: () => unknown): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof UnbatchError)) throw error;
      expect(error.parts.where ?? "").toMatch(new RegExp(`${path}|${Object.keys(files).join("|")}`));
      result = "refused";
    }
  };
  await attempt(async () => {
    const { tensors, slots } = await openCheckpoint(memoryTree(path, files));
    const all: Tensor[] = [...tensors.values(), ...slots.flatMap(({ slots: parts }) => [...parts.values()])];
    for (const { shape, values } of all) {
      expect(elementCount(shape)).toBeLessThanOrEqual(bytes * most);
      await attempt(() => expect(values().length).toBe(elementCount(shape)));
    }
  });
  return result;
}

/** One change of a file: cut, a bit, or a field of 1 to 8 bytes overwritten by a size that someone might believe. */
export type Change = (file: Uint8Array) => Uint8Array;

const place = fc.oneof(
  fc.nat().map((at) => (size: number) => at % size),
  // Directories, footers and headers stand at the ends.
  fc.nat(3000).map((at) => (size: number) => Math.max(0, size - 1 - at)),
  fc.nat(3000).map((at) => (size: number) => Math.min(size - 1, at)),
);
const cut = place.map(
  (at): Change =>
    (file) =>
      file.subarray(0, at(file.length)),
);
const flip = fc.tuple(place, fc.nat(7)).map(
  ([at, bit]): Change =>
    (file) =>
      file.map((byte, index) => (index === at(file.length) ? byte ^ (1 << bit) : byte)),
);
const sizes = [
  0n,
  1n,
  127n,
  255n,
  65_535n,
  2n ** 31n - 1n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const field = fc.tuple(place, fc.constantFrom(1, 2, 4, 8), fc.constantFrom(...sizes)).map(
  ([at, width, size]): Change =>
    (file) => {
      const from = at(file.length);
      return file.map((byte, index) =>
        index < from || index >= from + width ? byte : Number((size >> BigInt(8 * (index - from))) & 255n),
      );
    },
);
export const changes: fc.Arbitrary<Change> = fc
  .oneof(
    fc.tuple(cut),
    fc.array(flip, { minLength: 1, maxLength: 4 }),
    fc.array(field, { minLength: 1, maxLength: 2 }),
  )
  .map(
    (list): Change =>
      (file) =>
        list.reduce((changed, change) => change(changed), file),
  );

/** Runs a property over damaged files and asserts that some were refused, so that the damage was felt. */
export function expectSafe(
  title: string,
  runs: number,
  damaged: fc.Arbitrary<{ path: string; files: Files }>,
  /** Elements a byte of the file: more than one only where the format compresses or quantises. */
  most = 1,
): void {
  it(title, { timeout: 60_000 }, async () => {
    const seen = { read: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(damaged, async ({ path, files }) => {
        seen[await outcome(path, files, most)] += 1;
      }),
      { numRuns: runs },
    );
    expect(seen.refused).toBeGreaterThan(runs / 20);
    expect(seen.read + seen.refused).toBe(runs);
  });
}

/** Damages one file of a checkpoint at a time. */
export function expectSafeFiles(
  title: string,
  path: string,
  files: Files,
  { runs = 150, most = 1 }: { runs?: number; most?: number } = {},
): void {
  const damaged = fc.tuple(fc.constantFrom(...Object.keys(files)), changes).map(([name, change]) => ({
    path,
    files: { ...files, [name]: change(files[name] ?? new Uint8Array(0)) },
  }));
  expectSafe(title, runs, damaged, most);
}
