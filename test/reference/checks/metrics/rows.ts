import type { Figure } from "../../../../src/core/figure.js";
import { averagePrecision } from "../../../../src/measure/average-precision.js";
import { baseRate } from "../../../../src/measure/base-rate.js";
import { brierScore } from "../../../../src/measure/brier.js";
import { calibrationBins } from "../../../../src/measure/calibration-bins.js";
import { calibrationRatio } from "../../../../src/measure/calibration-ratio.js";
import { expectedCalibrationError } from "../../../../src/measure/expected-calibration-error.js";
import { logLoss, unclippedLogLoss } from "../../../../src/measure/log-loss.js";
import { normalizedEntropy } from "../../../../src/measure/normalized-entropy.js";
import { notProbability } from "../../../../src/measure/probability.js";
import { rocAuc } from "../../../../src/measure/roc-auc.js";
import { type Scored, totals } from "../../../../src/measure/scored.js";
import type { Tally } from "../../tally.js";

type Metric = (scored: Scored, parts: RegExpExecArray) => Figure | number;

const counts: readonly [RegExp, Metric][] = [
  [/^n$/, ({ labels }) => labels.length],
  [/^sum_weight$/, (scored) => totals(scored).weight],
  [/^sum_weight_positive$/, (scored) => totals(scored).positive],
  [/^base_rate$/, baseRate],
];

const rankMetrics: readonly [RegExp, Metric][] = [
  [/^roc_auc$/, rocAuc],
  [/^average_precision$/, averagePrecision],
];

/** Undefined for scores that are no probabilities. */
const probabilityMetrics: readonly [RegExp, Metric][] = [
  [
    /^log_loss_eps(\d+)\^(-\d+)$/,
    (scored, [, base, power]) => logLoss(scored, Number(base) ** Number(power)),
  ],
  [/^log_loss_eps(\d+e-\d+)$/, (scored, [, clip]) => logLoss(scored, Number(clip))],
  [/^log_loss_unclipped$/, (scored) => unclippedLogLoss(scored)],
  [/^brier$/, brierScore],
  [/^normalized_entropy$/, normalizedEntropy],
  [/^calibration_ratio$/, calibrationRatio],
  [/^ece(\d+)$/, (scored, [, bins]) => expectedCalibrationError(scored, Number(bins), "left")],
  [/^ece(\d+)_right_closed$/, (scored, [, bins]) => expectedCalibrationError(scored, Number(bins), "right")],
];

/** One expected entry that is over all rows. A key that nothing here computes is out, not passed over. */
export function checkRows(
  tally: Tally,
  where: string,
  key: string,
  expected: unknown,
  scored: Scored,
  areProbabilities: boolean,
): void {
  const bins = /^ece(\d+)_bins$/.exec(key);
  if (bins !== null) {
    checkBins(tally, where, expected, areProbabilities ? calibrationBins(scored, Number(bins[1])) : null);
    return;
  }
  const found = compute(key, scored, areProbabilities);
  if (found === undefined) tally.same(where, "no implementation", expected);
  else if (expected === "Infinity") tally.same(where, refusedAs(found), "infinite-loss");
  else tally.near(where, found, expected as number | null);
}

function compute(key: string, scored: Scored, areProbabilities: boolean): Figure | number | undefined {
  for (const [pattern, metric] of [...counts, ...rankMetrics]) {
    const parts = pattern.exec(key);
    if (parts !== null) return metric(scored, parts);
  }
  for (const [pattern, metric] of probabilityMetrics) {
    const parts = pattern.exec(key);
    if (parts !== null) return areProbabilities ? metric(scored, parts) : notProbability;
  }
  return undefined;
}

function refusedAs(found: Figure | number): string | number {
  if (typeof found === "number") return found;
  return "refused" in found ? found.refused : found.value;
}

/** Rows of [count, weight, mean prediction, mean label], the means null in a bin without weight. */
function checkBins(
  tally: Tally,
  where: string,
  expected: unknown,
  found: ReturnType<typeof calibrationBins> | null,
): void {
  if (expected === null || found === null || "refused" in found) {
    tally.same(where, found, expected);
    return;
  }
  const rows = expected as (number | null)[][];
  tally.same(`${where}: bins`, found.length, rows.length);
  rows.forEach(([count, weight, prediction, label], bin) => {
    const at = found[bin];
    tally.same(`${where}[${bin}]: count`, at?.rows, count);
    tally.near(`${where}[${bin}]: weight`, at?.weight, weight);
    if (at?.means === undefined) tally.same(`${where}[${bin}]: means`, [null, null], [prediction, label]);
    else {
      tally.near(`${where}[${bin}]: mean prediction`, at.means.prediction, prediction);
      tally.near(`${where}[${bin}]: mean label`, at.means.label, label);
    }
  });
}
