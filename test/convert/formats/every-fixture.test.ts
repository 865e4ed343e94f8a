import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataFolder } from "../../support/external.js";
import { damaged } from "./damaged.js";
import { type Fixture, fixturesBelow } from "./fixtures.js";
import { outcome } from "./outcome.js";

/** Changes of each checkpoint; for a long search set UNBATCH_FUZZ_RUNS, and FAST_CHECK_SEED for other ones. */
const RUNS = Number(process.env["UNBATCH_FUZZ_RUNS"] ?? 12);

const data = dataFolder();
const fixtures = [
  ...(await fixturesBelow("fixtures/made")),
  ...(data === undefined ? [] : await fixturesBelow(join(data, "checkpoints"))),
];

describe("every checkpoint, damaged, is read or refused", () => {
  const seen = { read: 0, refused: 0 };

  it.each(fixtures)("$name", { timeout: 60_000 + RUNS * 1000 }, async ({ path, files }: Fixture) => {
    await fc.assert(
      fc.asyncProperty(damaged(files), async (changed) => {
        seen[await outcome(path, changed, 300)] += 1;
      }),
      { numRuns: RUNS },
    );
  });

  it("and both were seen", () => {
    console.log(seen, dirname("."));
    expect(seen.read + seen.refused).toBe(RUNS * fixtures.length);
  });
});
