import { type Estimate, type Refusal, refusal } from "../../core/figure.js";
import { quantileEdges } from "./bins.js";
import { sampleOf } from "./sample.js";

/** Scored rows whose label is known. Arrays of one length. */
export interface ScoredLosses {
  scores: Float64Array;
  losses: Float64Array;
}

export interface LossShift {
  reference: { loss: number; rows: number };
  current: { loss: number; rows: number };
  /** Current minus reference. */
  change: Estimate;
  /** What other scores alone would have changed: the model met rows that are harder or easier to it. */
  fromScores: Estimate;
  /** What other losses at the same scores changed: the model is wrong in a new way. */
  fromCalibration: Estimate;
  bins: { from: number | null; to: number | null; referenceRows: number; currentRows: number }[];
}

/** Rows that a bin needs in both logs for its mean losses to be compared. */
const LEAST_ROWS_PER_BIN = 10;
const BINS = 10;
const CONFIDENCE = 0.95;
const NORMAL_QUANTILE = 1.959963984540054;

/**
 * The change of mean loss, split on bins of the score (deciles of both logs together): with shares p, q and mean losses
 * k, l of a bin in reference and current, sum (q - p)(k + l)/2 is the shift of the scores, sum (l - k)(p + q)/2 that of
 * calibration given the score; together the change, and each turns its sign when the logs change places (Kitagawa
 * 1955). Shifts of scores within a bin count as calibration. The interval is Welch's and normal, for independent rows:
 * too narrow where users or days repeat. Refused without rows, and where a bin has fewer than 10 rows of either log:
 * without overlap there is no telling the two apart. O(n log n).
 */
export function lossShift(reference: ScoredLosses, current: ScoredLosses): LossShift | Refusal {
  const [n, m] = [reference.scores.length, current.scores.length];
  if (n === 0 || m === 0)
    return refusal(
      "no-rows",
      "no scored rows with a label in one of the logs",
      "give logs with known labels",
    );
  for (const { scores, losses } of [reference, current])
    if (![scores, losses].every((list) => list.every(Number.isFinite)))
      return refusal("not-finite", "a score or a loss is not finite", "check the model with unbatch inspect");
  const pooled = new Float64Array(n + m);
  pooled.set(reference.scores);
  pooled.set(current.scores, n);
  const edges = quantileEdges(sampleOf(pooled), BINS);
  const before = binned(reference, edges);
  const after = binned(current, edges);
  const bins = Array.from(before.rows, (referenceRows, bin) => ({
    from: edges[bin - 1] ?? null,
    to: edges[bin] ?? null,
    referenceRows,
    currentRows: after.rows[bin] ?? 0,
  }));
  const filled = bins.filter(({ referenceRows, currentRows }) => referenceRows + currentRows > 0);
  const thin = filled.find((bin) => Math.min(bin.referenceRows, bin.currentRows) < LEAST_ROWS_PER_BIN);
  if (thin !== undefined) return withoutOverlap(thin);
  let [fromScores, fromCalibration] = [0, 0];
  bins.forEach(({ referenceRows, currentRows }, bin) => {
    if (referenceRows === 0) return;
    const [p, q] = [referenceRows / n, currentRows / m];
    const k = (before.sums[bin] ?? 0) / referenceRows;
    const l = (after.sums[bin] ?? 0) / currentRows;
    fromScores += ((q - p) * (k + l)) / 2;
    fromCalibration += ((l - k) * (p + q)) / 2;
  });
  const [first, second] = [meanOf(reference.losses), meanOf(current.losses)];
  const value = second.mean - first.mean;
  const half = NORMAL_QUANTILE * Math.sqrt(first.variance / n + second.variance / m);
  const rows = n + m;
  return {
    reference: { loss: first.mean, rows: n },
    current: { loss: second.mean, rows: m },
    change: {
      ...{ value, rows, estimator: "change of mean loss, Welch's interval for independent rows" },
      interval: { low: value - half, high: value + half, confidence: CONFIDENCE },
    },
    fromScores: { value: fromScores, rows, estimator: "shift of the scores" },
    fromCalibration: { value: fromCalibration, rows, estimator: "shift of calibration given the score" },
    bins: filled,
  };
}

function withoutOverlap({ from, to, referenceRows, currentRows }: LossShift["bins"][number]): Refusal {
  const range = `${from ?? "-infinity"} to ${to ?? "infinity"}`;
  return refusal(
    "no-overlap",
    `scores from ${range}: ${referenceRows} rows of the reference, ${currentRows} current`,
    `at least ${LEAST_ROWS_PER_BIN} rows of each are needed at all scores: give more rows, or nearer windows`,
  );
}

function binned({ scores, losses }: ScoredLosses, edges: Float64Array): { rows: number[]; sums: number[] } {
  const rows = new Array<number>(edges.length + 1).fill(0);
  const sums = new Array<number>(edges.length + 1).fill(0);
  scores.forEach((score, row) => {
    let bin = 0;
    while (bin < edges.length && (edges[bin] ?? 0) <= score) bin++;
    rows[bin] = (rows[bin] ?? 0) + 1;
    sums[bin] = (sums[bin] ?? 0) + (losses[row] ?? 0);
  });
  return { rows, sums };
}

function meanOf(values: Float64Array): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: values.length > 1 ? squares / (values.length - 1) : 0 };
}
