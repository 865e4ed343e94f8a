import type { Link } from "../core/model-spec.js";

/** Score -> prediction, and d loss / d score. Logistic: cross-entropy; squared: half the squared error. */
export interface LinkFunction {
  prediction(score: number): number;
  gradient(score: number, label: number): number;
}

export const links: Readonly<Record<Link, LinkFunction>> = {
  logistic: { prediction: sigmoid, gradient: (score, label) => sigmoid(score) - label },
  squared: { prediction: (score) => score, gradient: (score, label) => score - label },
};

export function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}
