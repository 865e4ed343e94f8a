import type { Scored } from "../../../src/measure/scored.js";
import type { Check } from "../check.js";
import { checkColumns, checkGroups, type GroupedCase } from "./metrics/groups.js";
import { checkRows } from "./metrics/rows.js";

interface Case {
  name: string;
  scores_are_probabilities: boolean;
  scores: number[];
  labels: number[];
  groups: number[] | null;
  weights: number[] | null;
  expected: Record<string, unknown>;
}

const GROUP_KEYS = ["grouped", "per_group_columns", "per_group"];

export const metricsCheck: Check = {
  file: "metrics.json",
  run(document, tally) {
    const { cases } = document as { cases: Case[] };
    for (const { name, scores, labels, weights, groups, expected, ...one } of cases) {
      const scored: Scored = {
        predictions: Float64Array.from(scores),
        labels: Float64Array.from(labels),
        ...(weights === null ? {} : { weights: Float64Array.from(weights) }),
      };
      for (const [key, value] of Object.entries(expected)) {
        if (!GROUP_KEYS.includes(key))
          checkRows(tally, `${name}: ${key}`, key, value, scored, one.scores_are_probabilities);
      }
      if (groups === null) {
        for (const key of GROUP_KEYS) tally.same(`${name}: ${key}`, null, expected[key] ?? null);
        continue;
      }
      const grouped = expected as unknown as GroupedCase;
      checkGroups(tally, name, grouped, scored, groups);
      checkColumns(tally, name, grouped, scored, groups);
    }
  },
};
