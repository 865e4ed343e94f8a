import type { Quality } from "../measure/quality.js";
import { formatFigure } from "./format.js";

/** Headings and cells of the metrics that a link has. */
export function qualityHeader(quality: Quality): string[] {
  return quality.rootMeanSquaredError === undefined
    ? ["log loss", "NE", "AUC", "calibration", ...(quality.ndcgAt10 === undefined ? [] : ["NDCG@10", "MRR"])]
    : ["RMSE", "MAE"];
}

export function qualityCells(quality: Quality): string[] {
  if (quality.rootMeanSquaredError !== undefined) {
    return [formatFigure(quality.rootMeanSquaredError, 5), formatFigure(quality.meanAbsoluteError, 5)];
  }
  return [
    formatFigure(quality.logLoss, 5),
    formatFigure(quality.normalizedEntropy, 4),
    formatFigure(quality.rocAuc, 4),
    formatFigure(quality.calibrationRatio, 3),
    ...(quality.ndcgAt10 === undefined
      ? []
      : [formatFigure(quality.ndcgAt10, 4), formatFigure(quality.meanReciprocalRank, 4)]),
  ];
}
