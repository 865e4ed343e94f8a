import { type Refusal, refusal } from "../../core/figure.js";
import { CLIP, rowLogLoss } from "../log-loss.js";
import { refuseProbabilities } from "../probability.js";
import type { Scored } from "../scored.js";

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
  /** Product of the probabilities given to labels that came true whose logarithm is not in `logLoss` yet. */
  likelihood: number;
  /** By bin of predicted probability, of equal width: weight, weighted sums of predictions and of labels. */
  bins: { weight: number[]; predicted: number[]; positive: number[] };
}

const BINS = 10;
/** A product above it has room for one more factor, of 1e-15 at least. */
const LEAST_LIKELIHOOD = 1e-280;

export function emptySums(): QualitySums {
  const zeros = (): number[] => new Array<number>(BINS).fill(0);
  return {
    ...{ rows: 0, weight: 0, positive: 0, predicted: 0 },
    ...{ logLoss: 0, likelihood: 1, squaredError: 0, absoluteError: 0 },
    bins: { weight: zeros(), predicted: zeros(), positive: zeros() },
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
  const { predictions, weights } = scored;
  if (predictions.length === 0) return undefined;
  const refused =
    link === "logistic" ? refuseProbabilities(scored, sums.rows) : refuseNotFinite(predictions, sums.rows);
  if (refused !== undefined) return refused;
  addMoments(sums, scored);
  if (link === "logistic") {
    if (weights === undefined) addLikelihood(sums, scored);
    else addWeightedLosses(sums, scored, weights);
    addToBins(sums.bins, scored);
  }
  sums.rows += predictions.length;
  return undefined;
}

function addMoments(sums: QualitySums, { predictions, labels, weights }: Scored): void {
  let { weight, positive, predicted, squaredError, absoluteError } = sums;
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
  Object.assign(sums, { weight, positive, predicted, squaredError, absoluteError });
}

/** One logarithm for as many rows as their product has room for: to rounding, the sum of the rows' losses. */
function addLikelihood(sums: QualitySums, { predictions, labels }: Scored): void {
  let { likelihood, logLoss } = sums;
  for (let row = 0; row < predictions.length; row++) {
    const prediction = predictions[row] ?? Number.NaN;
    const clipped = prediction < CLIP ? CLIP : prediction > 1 - CLIP ? 1 - CLIP : prediction;
    const label = labels[row] ?? 0;
    // Of the two one is multiplied by 0: no branch that is guessed wrongly at every positive.
    likelihood *= label * clipped + (1 - label) * (1 - clipped);
    if (likelihood < LEAST_LIKELIHOOD) {
      logLoss -= Math.log(likelihood);
      likelihood = 1;
    }
  }
  sums.likelihood = likelihood;
  sums.logLoss = logLoss;
}

function addWeightedLosses(sums: QualitySums, { predictions, labels }: Scored, weights: Float64Array): void {
  for (let row = 0; row < predictions.length; row++) {
    const own = weights[row] ?? 0;
    if (own !== 0) sums.logLoss += own * rowLogLoss(predictions[row] ?? Number.NaN, labels[row] ?? 0);
  }
}

function addToBins(bins: QualitySums["bins"], { predictions, labels, weights }: Scored): void {
  // One array: three of them take three times as long.
  const sums = Float64Array.from([...bins.weight, ...bins.predicted, ...bins.positive]);
  for (let row = 0; row < predictions.length; row++) {
    const prediction = predictions[row] ?? 0;
    const own = weights === undefined ? 1 : (weights[row] ?? 0);
    // A probability of 1 belongs to the last bin.
    const bin = prediction === 1 ? BINS - 1 : (prediction * BINS) | 0;
    sums[bin] = (sums[bin] ?? 0) + own;
    sums[BINS + bin] = (sums[BINS + bin] ?? 0) + own * prediction;
    sums[2 * BINS + bin] = (sums[2 * BINS + bin] ?? 0) + own * (labels[row] ?? 0);
  }
  bins.weight = Array.from(sums.subarray(0, BINS));
  bins.predicted = Array.from(sums.subarray(BINS, 2 * BINS));
  bins.positive = Array.from(sums.subarray(2 * BINS));
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
  into.logLoss += lossOf(from);
  into.squaredError += from.squaredError;
  into.absoluteError += from.absoluteError;
  for (const name of ["weight", "predicted", "positive"] as const)
    into.bins[name] = into.bins[name].map((sum, bin) => sum + (from.bins[name][bin] ?? 0));
}

/** Weighted cross-entropy of all rows, in nats. */
export function lossOf({ logLoss, likelihood }: QualitySums): number {
  return logLoss - Math.log(likelihood);
}
