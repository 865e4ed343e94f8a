import { type Figure, type Refusal, refusal } from "../core/figure.js";
import { isPairwise, type Link } from "../core/model-spec.js";
import { averagePrecision } from "./average-precision.js";
import { baseRate } from "./base-rate.js";
import { brierScore } from "./brier.js";
import { calibrationRatio } from "./calibration-ratio.js";
import { drawnQuality } from "./drawn/drawn-quality.js";
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
  /** Of a log of positives alone; then the ranking metrics above are of ranks among all known items. */
  sampledAuc?: Figure;
}

/** What metrics of probabilities say where the predictions are values by their definition. */
export const notProbability: Refusal = refusal(
  "not-a-probability",
  "the squared link predicts a value, not a probability",
  "read rootMeanSquaredError, or use the logistic link with a label rule",
);

/** What they say of scores that only rank. */
const notPairwise: Refusal = refusal(
  "not-a-probability",
  "a pairwise link ranks the items of one user: its scores are no probabilities, and those of two users do not compare",
  "read sampledAuc and the ranking metrics, or use the logistic link",
);

export function qualityOf(scored: Scored, link: Link): Quality {
  const { drawn } = scored;
  const ofDraws = drawn === undefined ? {} : drawnQuality({ ...scored, drawn });
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
      ...ofDraws,
    };
  }
  if (isPairwise(link)) return { ...noProbabilities(notPairwise), ...ofDraws };
  return {
    ...noProbabilities(notProbability),
    rootMeanSquaredError: rootMeanSquaredError(scored),
    meanAbsoluteError: meanAbsoluteError(scored),
  };
}

function noProbabilities(why: Refusal): Quality {
  return {
    logLoss: why,
    normalizedEntropy: why,
    rocAuc: why,
    calibrationRatio: why,
    baseRate: why,
    averagePrecision: why,
    brier: why,
    expectedCalibrationError: why,
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
