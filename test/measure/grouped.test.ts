import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aucPerGroup, groupedAuc, weightPerGroup } from "../../src/measure/grouped/grouped-auc.js";
import { meanOverGroups } from "../../src/measure/grouped/mean-over-groups.js";
import { ndcgPerGroup } from "../../src/measure/grouped/ndcg.js";
import { type RankedGroups, rankGroups } from "../../src/measure/grouped/ranked-groups.js";
import { reciprocalRankPerGroup } from "../../src/measure/grouped/reciprocal-rank.js";
import { hitRatePerGroup, recallPerGroup } from "../../src/measure/grouped/top-k.js";
import { rocAuc } from "../../src/measure/roc-auc.js";
import {
  expectSame,
  groupsOf,
  type Row,
  reasonOf,
  rowsArbitrary,
  scoredOf,
  shuffledArbitrary,
  valueIn,
} from "./arbitraries.js";

function ranked(rows: readonly Row[]): RankedGroups {
  const groups = rankGroups(scoredOf(rows), groupsOf(rows));
  if ("refused" in groups) throw new Error(groups.reason);
  return groups;
}

const rankMetrics: Record<string, (groups: RankedGroups) => Float64Array> = {
  ndcg: (groups) => ndcgPerGroup(groups, 3, "row order"),
  mrr: reciprocalRankPerGroup,
  recall: (groups) => recallPerGroup(groups, 3),
  hit: (groups) => hitRatePerGroup(groups, 3),
};

/** Predictions without ties, in the order of the given ones. */
const untied = (rows: readonly Row[]): Row[] =>
  rows.map((row, index) => ({ ...row, prediction: row.prediction + index * 2 ** -30 }));

describe("groups", () => {
  it("hold each row once, by descending prediction, equal ones in row order; rows without a key in none", () => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        const keyed = rows.map((row) => ({ ...row, group: row.group < 0 ? Number.NaN : row.group }));
        fc.pre(keyed.some(({ group }) => !Number.isNaN(group)));
        const { keys, starts, rows: order, positives } = ranked(keyed);
        expect([...keys]).toEqual([...new Set(rows.map(({ group }) => group))].filter((g) => g >= 0).sort());
        const expected = keyed
          .map((row, index) => ({ ...row, index }))
          .filter(({ group }) => !Number.isNaN(group))
          .sort((a, b) => a.group - b.group || b.prediction - a.prediction || a.index - b.index);
        expect([...order]).toEqual(expected.map(({ index }) => index));
        keys.forEach((key, group) => {
          const own = rows.filter((row) => row.group === key);
          expect((starts[group + 1] ?? 0) - (starts[group] ?? 0)).toBe(own.length);
          expect(positives[group]).toBe(own.filter(({ label }) => label === 1).length);
        });
      }),
    );
  });

  it("are refused without rows, without keys and with a NaN", () => {
    expect(reasonOf(rankGroups(scoredOf([]), new Float64Array(0)) as never)).toBe("no-rows");
    const row = { prediction: 0.5, label: 1, weight: 1, group: Number.NaN };
    expect(reasonOf(rankGroups(scoredOf([row]), groupsOf([row])) as never)).toBe("no-rows");
    const nan = { ...row, group: 1, prediction: Number.NaN };
    expect(reasonOf(rankGroups(scoredOf([nan]), groupsOf([nan])) as never)).toBe("not-finite");
  });
});

describe.each(Object.entries(rankMetrics))("%s per group", (_, metric) => {
  it("does not depend on the order of rows that are not tied, nor on weights, nor on a monotone transform", () => {
    fc.assert(
      fc.property(shuffledArbitrary, ({ rows }) => {
        const one = untied(rows);
        const values = metric(ranked(one));
        expect(metric(ranked(one.toReversed()))).toEqual(values);
        expect(metric(ranked(one.map((row) => ({ ...row, weight: 1 }))))).toEqual(values);
        expect(metric(ranked(one.map((row) => ({ ...row, prediction: 4 * row.prediction - 9 }))))).toEqual(
          values,
        );
      }),
    );
  });

  it("is undefined without a positive, else in [0, 1], and 1 where positives lead", () => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        const groups = ranked(rows);
        const values = metric(groups);
        const best = metric(ranked(rows.map((row) => ({ ...row, prediction: row.label }))));
        expect(values).toHaveLength(groups.keys.length);
        values.forEach((value, group) => {
          if (groups.positives[group] === 0) expect(value).toBeNaN();
          else {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1 + 1e-12);
            if ((groups.positives[group] ?? 0) <= 3) expect(best[group]).toBeCloseTo(1, 12);
          }
        });
      }),
    );
  });
});

describe("NDCG", () => {
  it("ties averaged: no order of the rows matters, and it is the mean over the orders of a tie", () => {
    fc.assert(
      fc.property(shuffledArbitrary, ({ rows, shuffled }) => {
        const values = ndcgPerGroup(ranked(rows), 3, "averaged");
        ndcgPerGroup(ranked(shuffled), 3, "averaged").forEach((value, group) => {
          if (Number.isNaN(value)) expect(values[group]).toBeNaN();
          else expect(value).toBeCloseTo(values[group] ?? 0, 12);
        });
      }),
    );
    const tied = [1, 0].map((label) => ({ prediction: 0.5, label, weight: 1, group: 0 }));
    const [forwards] = ndcgPerGroup(ranked(tied), 2, "row order");
    const [backwards] = ndcgPerGroup(ranked(tied.toReversed()), 2, "row order");
    expect(ndcgPerGroup(ranked(tied), 2, "averaged")[0]).toBeCloseTo(
      ((forwards ?? 0) + (backwards ?? 0)) / 2,
      12,
    );
  });

  it("without ties both rules agree", () => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        const groups = ranked(untied(rows));
        const averaged = ndcgPerGroup(groups, 4, "averaged");
        ndcgPerGroup(groups, 4, "row order").forEach((value, group) => {
          if (!Number.isNaN(value)) expect(averaged[group]).toBeCloseTo(value, 12);
        });
      }),
    );
  });
});

describe("hit rate", () => {
  it("is whether recall is above 0", () => {
    fc.assert(
      fc.property(rowsArbitrary, fc.integer({ min: 1, max: 9 }), (rows, k) => {
        const groups = ranked(rows);
        const hits = hitRatePerGroup(groups, k);
        expect(hits).toEqual(recallPerGroup(groups, k).map((value) => (value > 0 ? 1 : value)));
      }),
    );
  });
});

describe("grouped AUC", () => {
  it("of one group is AUC; of each group, that of its rows; weighted by their weight", () => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        const whole = rows.map((row) => ({ ...row, group: 1 }));
        const overall = rocAuc(scoredOf(rows));
        const grouped = groupedAuc(ranked(whole), "impressions");
        if ("refused" in overall) expect(reasonOf(grouped)).toBe("no-groups");
        else expectSame(grouped, overall);

        const groups = ranked(rows);
        const weights = weightPerGroup(groups);
        let sum = 0;
        let weight = 0;
        aucPerGroup(groups).forEach((auc, group) => {
          const own = rocAuc(scoredOf(rows.filter((row) => row.group === groups.keys[group])));
          if ("refused" in own) expect(auc).toBeNaN();
          else {
            expect(auc).toBeCloseTo(own.value, 12);
            sum += (weights[group] ?? 0) * auc;
            weight += weights[group] ?? 0;
          }
        });
        if (weight > 0) expect(valueIn(groupedAuc(groups, "impressions"))).toBeCloseTo(sum / weight, 12);
      }),
    );
  });
});

describe("the mean over groups", () => {
  const rows = [0, 0, 1, 1].map((group, index) => ({
    prediction: index / 4,
    label: index === 3 ? 1 : 0,
    weight: 1,
    group,
  }));

  it("leaves a group without a positive out, or counts it as 0, and says which", () => {
    const groups = ranked(rows);
    const values = reciprocalRankPerGroup(groups);
    const left = meanOverGroups(groups, values, "MRR");
    const zero = meanOverGroups(groups, values, "MRR", "as 0");
    expect(left).toMatchObject({
      value: 1,
      rows: 2,
      estimator: expect.stringContaining("left out") as string,
    });
    expect(zero).toMatchObject({ value: 0.5, rows: 4, estimator: expect.stringContaining("as 0") as string });
  });

  it("is refused where no group has a positive", () => {
    const groups = ranked(rows.map((row) => ({ ...row, label: 0 })));
    expect(reasonOf(meanOverGroups(groups, reciprocalRankPerGroup(groups), "MRR"))).toBe("no-groups");
    expect(reasonOf(groupedAuc(groups, "none"))).toBe("no-groups");
  });
});
