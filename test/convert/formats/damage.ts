import fc from "fast-check";
import { expect, it } from "vitest";
import { damaged } from "./damaged.js";
import { type Files, outcome } from "./outcome.js";

export type { Files } from "./outcome.js";

/** Runs a property over damaged files and asserts that some were refused, so that the damage was felt. */
export function expectSafe(
  title: string,
  runs: number,
  broken: fc.Arbitrary<{ path: string; files: Files }>,
  /** Elements a byte of the file: more than one only where the format compresses or quantises. */
  most = 1,
): void {
  it(title, { timeout: 60_000 }, async () => {
    const seen = { read: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(broken, async ({ path, files }) => {
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
  const broken = damaged(files).map((changed) => ({ path, files: changed }));
  expectSafe(title, runs, broken, most);
}
