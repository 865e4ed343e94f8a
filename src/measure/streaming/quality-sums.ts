import { estimate, type Figure, noRows, type Refusal, refusal } from "../../core/figure.js";
import { noWeightedRows } from "../base-rate.js";
import { noPositives } from "../calibration-ratio.js";
import { rowLogLoss } from "../log-loss.js";
import { binaryEntropy } from "../normalized-entropy.js";
import { notProbability, refuseProbabilities } from "../probability.js";
import { singleClass } from "../roc-auc.js";
import type { Scored } from "../scored.js";
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
  /** By bin of predicted probability, of equal width: weight, weighted sums of predictions and of labels. */
  bins: { weight: number[]; predicted: number[]; positive: number[] };
}

const BINS = 10;

export function emptySums(): QualitySums {
  const zeros = (): number[] => new Array<number>(BINS).fill(0);
  return {
    ...{ rows: 0, weight: 0, positive: 0, predicted: 0 },
    ...{ logLoss: 0, squaredError: 0, absoluteError: 0 },
    bins: { weight: zeros(), predicted: zeros(), positive: zeros() },
  };
}

/**
 * Adds rows, in order. With the logistic link, predictions that are no probabilities are refused; with the squared one,
 * NaN; then nothing was added. O(rows).
 * @param losses of the rows, where somebody has them already (see rowLogLosses).
 */
export function addToSums(
  sums: QualitySums,
  scored: Scored,
  link: "logistic" | "squared",
  losses: Float64Array | undefined = link === "logistic" ? rowLogLosses(scored) : undefined,
): Refusal | undefined {
  const { predictions, labels, weights } = scored;
  if (predictions.length === 0) return undefined;
  const refused =
    link === "logistic" ? refuseProbabilities(scored, sums.rows) : refuseNotFinite(predictions, sums.rows);
  if (refused !== undefined) return refused;
  let { weight, positive, predicted, logLoss, squaredError, absoluteError } = sums;
  for (let row = 0; row < predictions.length; row++) {
    const own = weights === undefined ? 1 : (weights[row] ?? 0);
    const prediction = predictions[row] ?? 0;
    const label = labels[row] ?? 0;
    const error = prediction - label;
    weight += own;
    positive += own * label;
    predicted += own * prediction;
    squaredError += own * (error * error);
    absoluteError += own * Math.abs(error);
  }
  if (losses !== undefined) {
    for (let row = 0; row < losses.length; row++) {
      const own = weights === undefined ? 1 : (weights[row] ?? 0);
      // A row without weight costs nothing, an infinite loss included.
      if (own !== 0) logLoss += own * (losses[row] ?? 0);
    }
    addToBins(sums.bins, scored);
  }
  Object.assign(sums, { weight, positive, predicted, logLoss, squaredError, absoluteError });
  sums.rows += predictions.length;
  return undefined;
}

/** The loss of each row, before its weight. O(rows). */
export function rowLogLosses({ predictions, labels }: Scored): Float64Array {
  const losses = new Float64Array(predictions.length);
  for (let row = 0; row < losses.length; row++)
    losses[row] = rowLogLoss(predictions[row] ?? Number.NaN, labels[row] ?? 0);
  return losses;
}

function addToBins(bins: QualitySums["bins"], { predictions, labels, weights }: Scored): void {
  const [weight, predicted, positive] = [bins.weight, bins.predicted, bins.positive].map((list) =>
    Float64Array.from(list),
  );
  if (weight === undefined || predicted === undefined || positive === undefined) return;
  for (let row = 0; row < predictions.length; row++) {
    const prediction = predictions[row] ?? 0;
    const own = weights === undefined ? 1 : (weights[row] ?? 0);
    const bin = Math.min(BINS - 1, Math.floor(prediction * BINS));
    weight[bin] = (weight[bin] ?? 0) + own;
    predicted[bin] = (predicted[bin] ?? 0) + own * prediction;
    positive[bin] = (positive[bin] ?? 0) + own * (labels[row] ?? 0);
  }
  Object.assign(bins, {
    weight: Array.from(weight),
    predicted: Array.from(predicted),
    positive: Array.from(positive),
  });
}

function refuseNotFinite(predictions: Float64Array, before: number): Refusal | undefined {
  const row = predictions.findIndex((value) => !Number.isFinite(value));
  if (row < 0) return undefined;
  const reason = `the prediction of scored row ${before + row} is ${predictions[row]}`;
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
  for (const name of ["weight", "predicted", "positive"] as const)
    into.bins[name] = into.bins[name].map((sum, bin) => sum + (from.bins[name][bin] ?? 0));
}

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
    logLoss: isLogistic ? mean(sums.logLoss, "mean log loss") : notProbability,
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
  return estimate(value, rows, `calibration error over ${BINS} bins, left-closed`);
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
