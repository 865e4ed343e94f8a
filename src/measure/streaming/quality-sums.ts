import { estimate, type Figure, noRows, type Refusal, refusal } from "../../core/figure.js";
import { noPositives } from "../calibration-ratio.js";
import { rowLogLoss } from "../log-loss.js";
import { binaryEntropy } from "../normalized-entropy.js";
import { refuseProbabilities } from "../probability.js";
import { notProbability } from "../quality.js";
import { singleClass } from "../roc-auc.js";
import { type Scored, weightOf } from "../scored.js";
import { noWeight } from "../weighted-mean.js";

/** Everything that the means of a long run need, as plain data: saved and restored as it is, merged by addition. */
export interface QualitySums {
  rows: number;
  weight: number;
  /** Weighted sums: labels, predictions, cross-entropy in nats (clipped at 1e-15), (p - y)^2, |p - y|. */
  positive: number;
  predicted: number;
  logLoss: number;
  squaredError: number;
  absoluteError: number;
}

export function emptySums(): QualitySums {
  return {
    ...{ rows: 0, weight: 0, positive: 0, predicted: 0 },
    ...{ logLoss: 0, squaredError: 0, absoluteError: 0 },
  };
}

/**
 * Adds rows, in order. With the logistic link, predictions that are no probabilities are refused; with the squared one,
 * NaN; then nothing was added. O(rows).
 */
export function addToSums(
  sums: QualitySums,
  scored: Scored,
  link: "logistic" | "squared",
): Refusal | undefined {
  const { predictions, labels } = scored;
  if (predictions.length === 0) return undefined;
  const refused = link === "logistic" ? refuseProbabilities(scored) : refuseNotFinite(predictions);
  if (refused !== undefined) return refused;
  for (let row = 0; row < predictions.length; row++) {
    const weight = weightOf(scored, row);
    const prediction = predictions[row] ?? 0;
    const label = labels[row] ?? 0;
    const error = prediction - label;
    sums.weight += weight;
    sums.positive += weight * label;
    sums.predicted += weight * prediction;
    if (link === "logistic") sums.logLoss += weight * rowLogLoss(prediction, label);
    sums.squaredError += weight * error * error;
    sums.absoluteError += weight * Math.abs(error);
  }
  sums.rows += predictions.length;
  return undefined;
}

function refuseNotFinite(predictions: Float64Array): Refusal | undefined {
  const row = predictions.findIndex((value) => !Number.isFinite(value));
  if (row < 0) return undefined;
  const reason = `the prediction of scored row ${row} is ${predictions[row]}`;
  return refusal("not-finite", reason, "check the model with unbatch inspect");
}

/** The same, up to rounding, as having added the other's rows here. */
export function mergeSums(into: QualitySums, from: QualitySums): void {
  into.rows += from.rows;
  into.weight += from.weight;
  into.positive += from.positive;
  into.predicted += from.predicted;
  into.logLoss += from.logLoss;
  into.squaredError += from.squaredError;
  into.absoluteError += from.absoluteError;
}

/** Each the figure of the function of its name over all rows added. */
export interface SumFigures {
  logLoss: Figure;
  normalizedEntropy: Figure;
  brierScore: Figure;
  calibrationRatio: Figure;
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
    logLoss: isLogistic ? mean(sums.logLoss, "mean log loss") : notProbability,
    normalizedEntropy: isLogistic ? normalizedEntropy(sums) : notProbability,
    brierScore: isLogistic
      ? mean(sums.squaredError, "mean squared error of the probability")
      : notProbability,
    calibrationRatio: isLogistic ? calibrationRatio(sums) : notProbability,
    rootMeanSquaredError: mean(sums.squaredError, "root mean squared error", Math.sqrt),
    meanAbsoluteError: mean(sums.absoluteError, "mean absolute error"),
  };
}

function calibrationRatio({ rows, positive, predicted }: QualitySums): Figure {
  if (rows === 0) return noRows();
  return positive === 0
    ? noPositives(rows)
    : estimate(predicted / positive, rows, "sum of predictions / positives");
}

function normalizedEntropy({ rows, weight, positive, logLoss }: QualitySums): Figure {
  if (rows === 0) return noRows();
  if (weight === 0) return noWeight();
  const entropy = binaryEntropy(positive / weight);
  if (entropy === 0) return singleClass(rows, positive === 0 ? "negatives" : "positives");
  return estimate(logLoss / weight / entropy, rows, "log loss / entropy of the base rate");
}
