import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dataFolder, describeWith } from "../support/external.js";
import { checks } from "./checks.js";
import { allowedSkips, isAllowed } from "./skips.js";
import { Tally } from "./tally.js";

describeWith("UNBATCH_REFERENCE", "every reference file", (folder) => {
  for (const { file, run, needsData } of checks) {
    const isMissing = !existsSync(join(folder, file));
    const lacksData = needsData === true && dataFolder() === undefined;
    const title = lacksData ? `${file} (set UNBATCH_DATA to run)` : file;
    it.skipIf(isMissing || lacksData)(title, { timeout: 300_000 }, async () => {
      const tally = new Tally();
      await run(JSON.parse(readFileSync(join(folder, file), "utf8")), tally, dataFolder());
      expect(tally.out).toEqual([]);
      expect(tally.compared).toBeGreaterThan(20);
      expect(tally.within).toBe(tally.compared);
      expect(tally.skipped.filter(({ name }) => !isAllowed(file, name))).toEqual([]);
    });
  }
});

describe("the tally", () => {
  it("finds a number that is off by a relative 1e-6, and a figure that should be undefined", () => {
    for (const value of [1, 0.3, -4, 1e6]) {
      const tally = new Tally();
      tally.near("a", value, value);
      expect(tally.out).toEqual([]);
      tally.near("b", value, value * (1 + 1e-6));
      tally.near("c", value, null);
      tally.near("d", undefined, value);
      tally.near("e", Number.NaN, value);
      expect(tally.out).toHaveLength(4);
    }
  });

  it("skips nothing but what the reference itself leaves open", () => {
    expect(allowedSkips.map(({ file, name }) => `${file} ${name.source}`)).toEqual([
      "drift.json ^(adwin|page_hinkley) river_legacy on ",
    ]);
  });
});
