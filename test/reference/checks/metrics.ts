import type { Figure } from "../../../src/core/figure.js";
import { baseRate } from "../../../src/measure/base-rate.js";
import { calibrationRatio } from "../../../src/measure/calibration-ratio.js";
import { logLoss } from "../../../src/measure/log-loss.js";
import { normalizedEntropy } from "../../../src/measure/normalized-entropy.js";
import { rocAuc } from "../../../src/measure/roc-auc.js";
import type { Scored } from "../../../src/measure/scored.js";
import type { Check } from "../check.js";

interface Case {
  name: string;
  scores_are_probabilities: boolean;
  scores: number[];
  labels: number[];
  weights: number[] | null;
  expected: Record<string, number | null>;
}

const metrics: readonly [string, (scored: Scored) => Figure, "scores" | "probabilities"][] = [
  ["roc_auc", rocAuc, "scores"],
  ["log_loss_eps1e-15", logLoss, "probabilities"],
  ["normalized_entropy", normalizedEntropy, "probabilities"],
  ["base_rate", baseRate, "scores"],
  ["calibration_ratio", calibrationRatio, "probabilities"],
];

export const metricsCheck: Check = {
  file: "metrics.json",
  run(document, tally) {
    const { cases } = document as { cases: Case[] };
    for (const one of cases) {
      const scored: Scored = {
        predictions: Float64Array.from(one.scores),
        labels: Float64Array.from(one.labels),
        ...(one.weights === null ? {} : { weights: Float64Array.from(one.weights) }),
      };
      for (const [key, metric, needs] of metrics) {
        if (needs === "probabilities" && !one.scores_are_probabilities) continue;
        tally.near(`${one.name}: ${key}`, metric(scored), one.expected[key]);
      }
    }
  },
};
