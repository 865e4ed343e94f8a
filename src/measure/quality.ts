import { type Figure, type Refusal, refusal } from "../core/figure.js";
import { baseRate } from "./base-rate.js";
import { calibrationRatio } from "./calibration-ratio.js";
import { logLoss } from "./log-loss.js";
import { normalizedEntropy } from "./normalized-entropy.js";
import { rocAuc } from "./roc-auc.js";
import type { Scored } from "./scored.js";
import { meanAbsoluteError, rootMeanSquaredError } from "./squared-error.js";

/** The metrics that replay and compare report, by the names of their JSON. */
export interface Quality {
  logLoss: Figure;
  normalizedEntropy: Figure;
  rocAuc: Figure;
  calibrationRatio: Figure;
  baseRate: Figure;
  rootMeanSquaredError?: Figure;
  meanAbsoluteError?: Figure;
}

/** What metrics of probabilities say where the predictions are values by their definition. */
export const notProbability: Refusal = refusal(
  "not-a-probability",
  "the squared link predicts a value, not a probability",
  "read rootMeanSquaredError, or use the logistic link with a label rule",
);

export function qualityOf(scored: Scored, link: "logistic" | "squared"): Quality {
  if (link === "logistic") {
    return {
      logLoss: logLoss(scored),
      normalizedEntropy: normalizedEntropy(scored),
      rocAuc: rocAuc(scored),
      calibrationRatio: calibrationRatio(scored),
      baseRate: baseRate(scored),
    };
  }
  return {
    logLoss: notProbability,
    normalizedEntropy: notProbability,
    rocAuc: notProbability,
    calibrationRatio: notProbability,
    baseRate: notProbability,
    rootMeanSquaredError: rootMeanSquaredError(scored),
    meanAbsoluteError: meanAbsoluteError(scored),
  };
}
