import { estimate, type Figure, noRows } from "../../core/figure.js";
import { noWeightedRows } from "../base-rate.js";
import { noPositives } from "../calibration-ratio.js";
import { binaryEntropy } from "../normalized-entropy.js";
import { notProbability } from "../probability.js";
import { singleClass } from "../roc-auc.js";
import { noWeight } from "../weighted-mean.js";
import { lossOf, type QualitySums } from "./quality-sums.js";

/** Each the figure of the function of its name over all rows added. */
export interface SumFigures {
  logLoss: Figure;
  normalizedEntropy: Figure;
  brierScore: Figure;
  calibrationRatio: Figure;
  baseRate: Figure;
  expectedCalibrationError: Figure;
  rootMeanSquaredError: Figure;
  meanAbsoluteError: Figure;
}

export function figuresOf(sums: QualitySums, link: "logistic" | "squared"): SumFigures {
  const { rows, weight } = sums;
  const mean = (sum: number, estimator: string, finish = (value: number): number => value): Figure => {
    if (rows === 0) return noRows();
    return weight === 0 ? noWeight() : estimate(finish(sum / weight), rows, estimator);
  };
  const isLogistic = link === "logistic";
  return {
    logLoss: isLogistic ? mean(lossOf(sums), "mean log loss") : notProbability,
    normalizedEntropy: isLogistic ? normalizedEntropy(sums) : notProbability,
    brierScore: isLogistic
      ? mean(sums.squaredError, "mean squared error of the probability")
      : notProbability,
    calibrationRatio: isLogistic ? calibrationRatio(sums) : notProbability,
    baseRate: isLogistic ? baseRate(sums) : notProbability,
    expectedCalibrationError: isLogistic ? expectedCalibrationError(sums) : notProbability,
    rootMeanSquaredError: mean(sums.squaredError, "root mean squared error", Math.sqrt),
    meanAbsoluteError: mean(sums.absoluteError, "mean absolute error"),
  };
}

function baseRate({ rows, weight, positive }: QualitySums): Figure {
  return weight > 0 ? estimate(positive / weight, rows, "base rate") : noWeightedRows();
}

function expectedCalibrationError({ rows, bins }: QualitySums): Figure {
  const weight = bins.weight.reduce((sum, own) => sum + own, 0);
  if (rows === 0) return noRows();
  if (weight === 0) return noWeight();
  const value = bins.weight.reduce((sum, own, bin) => {
    const gap = own > 0 ? Math.abs((bins.predicted[bin] ?? 0) / own - (bins.positive[bin] ?? 0) / own) : 0;
    return sum + (own / weight) * gap;
  }, 0);
  return estimate(value, rows, `calibration error over ${bins.weight.length} bins, left-closed`);
}

function calibrationRatio({ rows, positive, predicted }: QualitySums): Figure {
  if (rows === 0) return noRows();
  return positive === 0
    ? noPositives(rows)
    : estimate(predicted / positive, rows, "sum of predictions / positives");
}

function normalizedEntropy(sums: QualitySums): Figure {
  const { rows, weight, positive } = sums;
  if (rows === 0) return noRows();
  if (weight === 0) return noWeight();
  const entropy = binaryEntropy(positive / weight);
  if (entropy === 0) return singleClass(rows, positive === 0 ? "negatives" : "positives");
  return estimate(lossOf(sums) / weight / entropy, rows, "log loss / entropy of the base rate");
}
