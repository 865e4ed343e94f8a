import type { Link } from "../core/model-spec.js";

/** Score -> prediction, the loss, and d loss / d score. Logistic: cross-entropy; squared: half the squared error. */
export interface LinkFunction {
  prediction(score: number): number;
  loss(score: number, label: number): number;
  gradient(score: number, label: number): number;
}

export const links: Readonly<Record<Link, LinkFunction>> = {
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

export function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}
