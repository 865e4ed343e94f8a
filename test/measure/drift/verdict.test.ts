import { describe, expect, it } from "vitest";
import { refusal } from "../../../src/core/figure.js";
import { seededRandom } from "../../../src/core/random.js";
import { type FeatureDrift, featureDrift } from "../../../src/measure/drift/feature-drift.js";
import type { Observed } from "../../../src/measure/drift/observed.js";
import { sampleOf } from "../../../src/measure/drift/sample.js";
import { DEFAULT_THRESHOLDS, judge } from "../../../src/measure/drift/verdict.js";

function normal(seed: number, rows: number, mean = 0, missing = 0): Observed {
  const random = seededRandom(seed);
  const values = sampleOf(Float64Array.from({ length: rows }, () => mean + random.normal()));
  return { kind: "numeric", values, missing };
}

/** Ids whose rank is exponential: a long tail; those from `fresh` on have another name. */
function tail(seed: number, rows: number, prefix = "", scale = 200): Observed {
  const random = seededRandom(seed);
  const counts = new Map<string, number>();
  for (let row = 0; row < rows; row++) {
    const rank = Math.floor(-scale * Math.log(1 - random.uniform()));
    const id = rank > 300 ? `${prefix}${rank}` : String(rank);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return { kind: "categorical", counts, missing: 0 };
}

function drifts(reference: Observed, current: Observed): FeatureDrift {
  const drift = featureDrift(reference, current);
  if ("refused" in drift) throw new Error(drift.reason);
  return drift;
}

const verdictOf = (drift: FeatureDrift): string => {
  const [judged] = judge([drift], DEFAULT_THRESHOLDS);
  return judged === undefined || "refused" in judged ? "refused" : judged.verdict;
};

describe("one verdict a feature", () => {
  it("by size and by chance", () => {
    expect(verdictOf(drifts(normal(1, 5000), normal(2, 5000)))).toBe("stable");
    expect(verdictOf(drifts(normal(1, 5000), normal(2, 5000, 1)))).toBe("drift");
    expect(verdictOf(drifts(normal(1, 50_000), normal(2, 50_000, 0.1)))).toBe("minor");
    const unclear = { ...drifts(normal(1, 5000), normal(2, 5000, 1)), pValue: 0.3 };
    expect(verdictOf(unclear)).toBe("unclear");
  });

  it("missing values are a change too", () => {
    expect(verdictOf(drifts(normal(1, 4000, 0, 10), normal(2, 3000, 0, 1000)))).toBe("drift");
    expect(verdictOf(drifts(normal(1, 4000, 0, 1000), normal(2, 4000, 0, 1010)))).toBe("stable");
    expect(verdictOf(drifts(normal(1, 400), { kind: "numeric", values: sampleOf([]), missing: 400 }))).toBe(
      "drift",
    );
  });

  it("a long tail has new ids every day, which is no drift; other ids in it are", () => {
    const same = drifts(tail(1, 20_000), tail(2, 20_000));
    expect(same.categorical?.appeared.categories).toBeGreaterThan(20);
    expect(same.categorical?.expectedShare).toBeCloseTo(same.categorical?.appeared.share ?? 0, 2);
    expect(verdictOf(same)).toBe("stable");
    const rare = { reference: tail(1, 3000, "", 400), current: tail(2, 3000, "new ", 400) };
    const fresh = drifts(rare.reference, rare.current);
    expect(fresh.categorical?.rareCategories).toBeGreaterThan(500);
    expect(fresh.categorical?.appeared.share).toBeGreaterThan(0.4);
    expect(fresh.tests.map(({ name }) => name)).toContain("share of new categories");
    expect(verdictOf(fresh)).toBe("drift");
  });

  it("names what appeared and what vanished", () => {
    const counts = (entries: Record<string, number>): Observed => ({
      kind: "categorical",
      counts: new Map(Object.entries(entries)),
      missing: 0,
    });
    const drift = drifts(counts({ a: 500, b: 400, c: 100 }), counts({ a: 500, b: 300, d: 150, e: 50 }));
    expect(drift.categorical).toMatchObject({
      appeared: { categories: 2, rows: 200, share: 0.2, examples: ["d", "e"] },
      vanished: { categories: 1, rows: 100, share: 0.1, examples: ["c"] },
    });
    expect(verdictOf(drift)).toBe("drift");
  });

  it("false calls of stable features are at the rate asked for, or fewer", () => {
    const stable = Array.from({ length: 200 }, (_, seed) =>
      drifts(normal(2 * seed, 400), normal(2 * seed + 1, 300)),
    );
    const alone = stable.filter(({ pValue }) => pValue <= 0.05).length;
    expect(alone).toBeLessThanOrEqual(18);
    expect(alone).toBeGreaterThan(0);
    const judged = judge(stable, DEFAULT_THRESHOLDS);
    expect(judged).toHaveLength(200);
    expect(judged.filter((one) => "verdict" in one && one.verdict === "drift")).toEqual([]);
  });

  it("refusals have no verdict and are no tests", () => {
    const drift = { ...drifts(normal(1, 5000), normal(2, 5000, 1)), pValue: 0.04 };
    const refused = refusal("no-rows", "none", "some");
    const judged = judge([refused, drift, refused], DEFAULT_THRESHOLDS);
    expect(judged[0]).toBe(refused);
    expect(judged[1]).toMatchObject({ verdict: "drift", adjustedPValue: 0.04 });
    expect(judge([drift, { ...drift, pValue: 1 }], DEFAULT_THRESHOLDS)[0]).toMatchObject({
      verdict: "unclear",
      adjustedPValue: 0.08,
    });
  });
});

describe("refused", () => {
  it.each([
    ["no-rows", normal(1, 500), normal(1, 0)],
    ["no-rows", normal(1, 0), normal(1, 500)],
    ["too-few-rows", normal(1, 500), normal(1, 99)],
    ["not-measured", normal(1, 500), tail(1, 500)],
    ["too-few-rows", tail(1, 200, "", 1e9), tail(2, 200, "", 1e9)],
  ] as const)("%s", (code, reference, current) => {
    expect(featureDrift(reference, current)).toMatchObject({ refused: code });
  });
});
