import type { Quality } from "../measure/quality.js";
import { formatFigure } from "./format.js";

/** A heading, and how its cell is read of a metric's figures. */
type Column = [heading: string, metric: keyof Quality, digits: number];

const PROBABILITY: readonly Column[] = [
  ["log loss", "logLoss", 5],
  ["NE", "normalizedEntropy", 4],
  ["AUC", "rocAuc", 4],
  ["calibration", "calibrationRatio", 3],
];
const VALUE: readonly Column[] = [
  ["RMSE", "rootMeanSquaredError", 5],
  ["MAE", "meanAbsoluteError", 5],
];
const GROUPED: readonly Column[] = [
  ["NDCG@10", "ndcgAt10", 4],
  ["MRR", "meanReciprocalRank", 4],
];
const DRAWN: readonly Column[] = [
  ["sampled AUC", "sampledAuc", 4],
  ["HR@10", "hitRateAt10", 4],
];

/** The columns of the metrics that a link and a log have: the same for every window of a run. */
function columnsOf(quality: Quality): readonly Column[] {
  const { rocAuc } = quality;
  if (quality.rootMeanSquaredError !== undefined) return VALUE;
  const ranksOnly = "refused" in rocAuc && rocAuc.refused === "not-a-probability";
  return [
    ...(ranksOnly ? [] : PROBABILITY),
    ...(quality.sampledAuc === undefined ? [] : DRAWN),
    ...(quality.ndcgAt10 === undefined ? [] : GROUPED),
  ];
}

/** Headings and cells of the metrics that a link has. */
export function qualityHeader(quality: Quality): string[] {
  return columnsOf(quality).map(([heading]) => heading);
}

export function qualityCells(quality: Quality): string[] {
  return columnsOf(quality).map(([, metric, digits]) => formatFigure(quality[metric], digits));
}
