import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Figure } from "../../src/core/figure.js";
import { calibrationRatio } from "../../src/measure/calibration-ratio.js";
import { logLoss } from "../../src/measure/log-loss.js";
import { normalizedEntropy } from "../../src/measure/normalized-entropy.js";
import { rocAuc } from "../../src/measure/roc-auc.js";
import type { Scored } from "../../src/measure/scored.js";
import { describeWith } from "../support/external.js";

interface Case {
  name: string;
  scores_are_probabilities: boolean;
  scores: number[];
  labels: number[];
  weights: number[] | null;
  expected: Record<string, number | null>;
}

const metrics: [string, (scored: Scored) => Figure, boolean][] = [
  ["roc_auc", rocAuc, false],
  ["log_loss_eps1e-15", logLoss, true],
  ["normalized_entropy", normalizedEntropy, true],
  ["calibration_ratio", calibrationRatio, true],
];

describeWith("UNBATCH_REFERENCE", "metrics.json", (folder) => {
  const { cases } = JSON.parse(readFileSync(join(folder, "metrics.json"), "utf8")) as { cases: Case[] };

  it("holds cases with and without weights, and undefined ones", () => {
    expect(cases.length).toBeGreaterThan(5);
    expect(cases.some(({ weights }) => weights !== null)).toBe(true);
    expect(cases.some(({ expected }) => expected["roc_auc"] === null)).toBe(true);
  });

  for (const one of cases) {
    for (const [key, metric, needsProbabilities] of metrics) {
      if (needsProbabilities && !one.scores_are_probabilities) continue;
      it(`${one.name}: ${key}`, () => {
        const figure = metric({
          predictions: Float64Array.from(one.scores),
          labels: Float64Array.from(one.labels),
          ...(one.weights === null ? {} : { weights: Float64Array.from(one.weights) }),
        });
        const expected = one.expected[key];
        expect(expected).not.toBeUndefined();
        if (expected === null || expected === undefined) expect(figure).toHaveProperty("refused");
        else {
          const value = "value" in figure ? figure.value : Number.NaN;
          expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
        }
      });
    }
  }
});
