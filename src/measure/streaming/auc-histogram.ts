import { estimate, type Figure, noRows, type Refusal } from "../../core/figure.js";
import { refuseProbabilities } from "../probability.js";
import { singleClass } from "../roc-auc.js";
import { type Scored, weightOf } from "../scored.js";

/** Bins of equal width in the logit, 1/512 each from -16 to 16; what lies beyond falls into the end bins. */
const BINS = 16384;
const EDGE = 16;

/** State of a streaming ROC AUC: 512 KiB, whatever the length of the run. */
export interface AucHistogram {
  rows: number;
  /** Per bin: weight of the positives and of the negatives, the least and the largest prediction. */
  positives: Float64Array;
  negatives: Float64Array;
  least: Float64Array;
  largest: Float64Array;
}

/** As plain JSON: the bins that hold something, each as [bin, positives, negatives, least, largest]. */
export interface SavedAucHistogram {
  rows: number;
  bins: [number, number, number, number, number][];
}

export function emptyAucHistogram(): AucHistogram {
  return {
    rows: 0,
    positives: new Float64Array(BINS),
    negatives: new Float64Array(BINS),
    least: new Float64Array(BINS).fill(Number.POSITIVE_INFINITY),
    largest: new Float64Array(BINS).fill(Number.NEGATIVE_INFINITY),
  };
}

/** Adds rows. Predictions that are no probabilities are refused, and then nothing was added. O(rows). */
export function addToAucHistogram(state: AucHistogram, scored: Scored): Refusal | undefined {
  const { predictions, labels } = scored;
  if (predictions.length === 0) return undefined;
  const refused = refuseProbabilities(scored);
  if (refused !== undefined) return refused;
  for (let row = 0; row < predictions.length; row++) {
    const weight = weightOf(scored, row);
    if (weight === 0) continue;
    const prediction = predictions[row] ?? 0;
    const bin = binOf(prediction);
    const classWeights = labels[row] === 1 ? state.positives : state.negatives;
    classWeights[bin] = (classWeights[bin] ?? 0) + weight;
    state.least[bin] = Math.min(state.least[bin] ?? 0, prediction);
    state.largest[bin] = Math.max(state.largest[bin] ?? 0, prediction);
  }
  state.rows += predictions.length;
  return undefined;
}

/** Adds what another run counted: the same as having added its rows here. O(bins). */
export function mergeAucHistogram(into: AucHistogram, from: AucHistogram): void {
  into.rows += from.rows;
  for (let bin = 0; bin < BINS; bin++) {
    into.positives[bin] = (into.positives[bin] ?? 0) + (from.positives[bin] ?? 0);
    into.negatives[bin] = (into.negatives[bin] ?? 0) + (from.negatives[bin] ?? 0);
    into.least[bin] = Math.min(into.least[bin] ?? 0, from.least[bin] ?? 0);
    into.largest[bin] = Math.max(into.largest[bin] ?? 0, from.largest[bin] ?? 0);
  }
}

/**
 * ROC AUC with every pair inside one bin counted as one half. The interval is no statement of chance: the AUC of these
 * very rows lies in it for certain, because pairs in different bins are ranked rightly and those in one bin are worth
 * between 0 and 1. So the error is at most half the weight of the pairs that share a bin and need not be tied, over the
 * weight of all pairs: 3e-4 where the logits' standard deviation is 1, none where each bin holds one value.
 * O(bins). Undefined for a single class.
 */
export function streamingAuc(state: AucHistogram): Figure {
  if (state.rows === 0) return noRows();
  let positives = 0;
  let negatives = 0;
  let concordant = 0;
  let uncertain = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const p = state.positives[bin] ?? 0;
    const n = state.negatives[bin] ?? 0;
    concordant += p * (negatives + n / 2);
    if ((state.least[bin] ?? 0) < (state.largest[bin] ?? 0)) uncertain += (p * n) / 2;
    positives += p;
    negatives += n;
  }
  if (positives === 0 || negatives === 0)
    return singleClass(state.rows, positives === 0 ? "negatives" : "positives");
  const pairs = positives * negatives;
  const figure = estimate(concordant / pairs, state.rows, `ROC AUC over ${BINS} bins of the logit`);
  if ("refused" in figure) return figure;
  const error = uncertain / pairs;
  return { ...figure, interval: { low: figure.value - error, high: figure.value + error, confidence: 1 } };
}

export function saveAucHistogram({
  rows,
  positives,
  negatives,
  least,
  largest,
}: AucHistogram): SavedAucHistogram {
  const bins: SavedAucHistogram["bins"] = [];
  for (let bin = 0; bin < BINS; bin++) {
    const [p = 0, n = 0] = [positives[bin], negatives[bin]];
    if (p > 0 || n > 0) bins.push([bin, p, n, least[bin] ?? 0, largest[bin] ?? 0]);
  }
  return { rows, bins };
}

export function restoreAucHistogram({ rows, bins }: SavedAucHistogram): AucHistogram {
  const state = emptyAucHistogram();
  state.rows = rows;
  for (const [bin, positives, negatives, least, largest] of bins) {
    state.positives[bin] = positives;
    state.negatives[bin] = negatives;
    state.least[bin] = least;
    state.largest[bin] = largest;
  }
  return state;
}

/** Lower edge of each bin as a probability: bins are told apart by these, so that no rounding of a logarithm misplaces. */
const edges = Float64Array.from({ length: BINS }, (_, bin) =>
  bin === 0 ? 0 : 1 / (1 + Math.exp(EDGE - (2 * EDGE * bin) / BINS)),
);

function binOf(prediction: number): number {
  const logit = Math.log(prediction / (1 - prediction));
  let bin = Math.min(BINS - 1, Math.max(0, Math.floor(((logit + EDGE) * BINS) / (2 * EDGE))));
  while (bin > 0 && prediction < (edges[bin] ?? 0)) bin--;
  while (bin < BINS - 1 && prediction >= (edges[bin + 1] ?? 1)) bin++;
  return bin;
}
