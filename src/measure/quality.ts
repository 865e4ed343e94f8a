import { type Figure, type Refusal, refusal } from "../core/figure.js";
import { averagePrecision } from "./average-precision.js";
import { baseRate } from "./base-rate.js";
import { brierScore } from "./brier.js";
import { calibrationRatio } from "./calibration-ratio.js";
import { expectedCalibrationError } from "./expected-calibration-error.js";
import { groupedAuc } from "./grouped/grouped-auc.js";
import { meanOverGroups } from "./grouped/mean-over-groups.js";
import { ndcgPerGroup } from "./grouped/ndcg.js";
import { rankGroups } from "./grouped/ranked-groups.js";
import { reciprocalRankPerGroup } from "./grouped/reciprocal-rank.js";
import { hitRatePerGroup, recallPerGroup } from "./grouped/top-k.js";
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
  averagePrecision: Figure;
  brier: Figure;
  expectedCalibrationError: Figure;
  rootMeanSquaredError?: Figure;
  meanAbsoluteError?: Figure;
  /** Where the log names its groups: means over groups. */
  groupedAuc?: Figure;
  ndcgAt10?: Figure;
  meanReciprocalRank?: Figure;
  recallAt10?: Figure;
  hitRateAt10?: Figure;
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
      averagePrecision: averagePrecision(scored),
      brier: brierScore(scored),
      expectedCalibrationError: expectedCalibrationError(scored),
      ...(scored.groups === undefined ? {} : rankingOf(scored, scored.groups)),
    };
  }
  return {
    logLoss: notProbability,
    normalizedEntropy: notProbability,
    rocAuc: notProbability,
    calibrationRatio: notProbability,
    baseRate: notProbability,
    averagePrecision: notProbability,
    brier: notProbability,
    expectedCalibrationError: notProbability,
    rootMeanSquaredError: rootMeanSquaredError(scored),
    meanAbsoluteError: meanAbsoluteError(scored),
  };
}

const K = 10;

/** One ranking of each group's rows for all metrics of it. */
function rankingOf(scored: Scored, keys: Float64Array): Partial<Quality> {
  const groups = rankGroups(scored, keys);
  if ("refused" in groups) {
    const none = { groupedAuc: groups, ndcgAt10: groups, meanReciprocalRank: groups };
    return { ...none, recallAt10: groups, hitRateAt10: groups };
  }
  return {
    groupedAuc: groupedAuc(groups, "impressions"),
    ndcgAt10: meanOverGroups(groups, ndcgPerGroup(groups, K), "NDCG@10"),
    meanReciprocalRank: meanOverGroups(groups, reciprocalRankPerGroup(groups), "reciprocal rank"),
    recallAt10: meanOverGroups(groups, recallPerGroup(groups, K), "recall@10"),
    hitRateAt10: meanOverGroups(groups, hitRatePerGroup(groups, K), "hit rate@10"),
  };
}
