import { isPairwise, type Link, type PairwiseLink, type PointwiseLink } from "../core/model-spec.js";
import { sigmoid } from "./logistic.js";

/** Score -> prediction, the loss, and d loss / d score. Logistic: cross-entropy; squared: half the squared error. */
export interface LinkFunction {
  prediction(score: number): number;
  loss(score: number, label: number): number;
  gradient(score: number, label: number): number;
}

export const links: Readonly<Record<PointwiseLink, LinkFunction>> = {
  logistic: {
    prediction: sigmoid,
    loss: (score, label) => Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score))) - label * score,
    gradient: (score, label) => sigmoid(score) - label,
  },
  squared: {
    prediction: (score) => score,
    loss: (score, label) => (score - label) ** 2 / 2,
    gradient: (score, label) => score - label,
  },
};

/** What a link makes of a score: a pairwise one leaves it as it is, for it only ranks. */
export function predictionOf(link: Link): (score: number) => number {
  return isPairwise(link) ? (score) => score : links[link].prediction;
}

/**
 * d loss / d score of an item that was taken and of the negatives drawn for it, the taken one first, into `gradients`.
 * Of one item alone they are 0. O(items).
 * @param logProbabilities of each item to be drawn; BPR does not read them.
 */
export type PairwiseGradients = (
  scores: Float64Array,
  logProbabilities: Float64Array,
  gradients: Float64Array,
) => void;

export const pairwiseGradients: Readonly<Record<PairwiseLink, PairwiseGradients>> = {
  /** Rendle et al. 2009, section 4.3, without its regularisation, averaged over the negatives. */
  bpr(scores, _logProbabilities, gradients) {
    const negatives = scores.length - 1;
    let sum = 0;
    for (let at = 1; at <= negatives; at++) {
      const pull = sigmoid((scores[at] ?? 0) - (scores[0] ?? 0)) / negatives;
      gradients[at] = pull;
      sum += pull;
    }
    gradients[0] = -sum;
  },
  /** Softmax of the scores less log Q, less 1 for the item taken (Bengio and Senecal 2008; Yi et al. 2019, equation 4). */
  "sampled-softmax"(scores, logProbabilities, gradients) {
    let most = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < scores.length; at++) {
      gradients[at] = (scores[at] ?? 0) - (logProbabilities[at] ?? 0);
      most = Math.max(most, gradients[at] ?? 0);
    }
    let sum = 0;
    for (let at = 0; at < scores.length; at++) {
      gradients[at] = Math.exp((gradients[at] ?? 0) - most);
      sum += gradients[at] ?? 0;
    }
    for (let at = 0; at < scores.length; at++)
      gradients[at] = (gradients[at] ?? 0) / sum - (at === 0 ? 1 : 0);
  },
};
