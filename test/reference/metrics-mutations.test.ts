import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeWith } from "../support/external.js";
import { metricsCheck } from "./checks/metrics.js";
import { unnoticedMutations } from "./mutations.js";
import { Tally } from "./tally.js";

describeWith("UNBATCH_REFERENCE", "metrics.json with one expected number changed", (folder) => {
  const { cases } = JSON.parse(readFileSync(join(folder, "metrics.json"), "utf8")) as {
    cases: { name: string; scores: number[] }[];
  };

  for (const one of cases) {
    it(`${one.name}: every kind of number is noticed`, async () => {
      const { tried, kinds, unnoticed } = await unnoticedMutations(
        metricsCheck,
        { cases: [one] },
        { isExpected: (path) => path[2] === "expected" && !path.includes("per_group_columns"), perKind: 3 },
      );
      expect(unnoticed).toEqual([]);
      expect(kinds).toBeGreaterThan(15);
      expect(tried).toBeGreaterThanOrEqual(kinds);
    });
  }

  it("a metric that nothing computes is out, and so is a column", () => {
    const [first] = structuredClone(cases) as unknown as { expected: Record<string, unknown> }[];
    if (first === undefined) throw new Error("no case");
    const grouped = first.expected["grouped"] as Record<string, number>;
    first.expected["matthews"] = 0.5;
    grouped["gauc_of_something"] = 0.5;
    const tally = new Tally();
    metricsCheck.run({ cases: [first] }, tally, undefined);
    expect(tally.out).toHaveLength(2);
  });
});
