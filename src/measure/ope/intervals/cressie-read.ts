import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import type { Refusal } from "../../../core/figure.js";
import type { WeightedRows } from "../rows.js";
import { anyWeight, type WeightRange, widened } from "../weight-range.js";
import type { Bounds } from "./bounds.js";
import type { RewardRange } from "./clopper-pearson.js";

/** Below this a product is rounding alone. */
const NOTHING = 1e-9;

/** Sums over the rows: of w, w^2, w r, w^2 r, w^2 r^2. */
interface Sums {
  n: number;
  w: number;
  ww: number;
  wr: number;
  wwr: number;
  wwrr: number;
}

/**
 * Interval of the Cressie-Read empirical likelihood, two-sided at level alpha (Karampatziakis, Langford & Mineiro 2020;
 * VowpalWabbit/estimators, cressieread.py): the least and the largest value of w r over masses whose divergence from
 * equal ones stays within the F(1, n) quantile of the optimum's, one imagined row having the least or the largest weight
 * and the reward at the bound. Asymptotic, yet wider where weights are large and rewards rare; it keeps inside the
 * reward's range. An end that has no solution is the range's own end (the reference falls back to the least reward for
 * both). Refused as the estimate is. O(n).
 */
export function cressieReadInterval(
  rows: WeightedRows,
  alpha: number,
  rewards: RewardRange,
  range: WeightRange = anyWeight,
): Bounds | Refusal {
  const limits = widened(rows, range);
  if ("refused" in limits) return limits;
  const sums = sumsOf(rows);
  const quantile = tQuantile(1 - alpha / 2, sums.n);
  // F(1, n) is the square of t(n).
  const slack = -(divergence(sums, limits) + quantile * quantile) / (2 * (sums.n + 1));
  const ends = [limits.least, limits.most];
  const low = leastOf(ends.flatMap((imagined) => extreme(sums, imagined, rewards.least, 1, slack)));
  const high = leastOf(ends.flatMap((imagined) => extreme(sums, imagined, rewards.most, -1, slack)));
  const inRange = (value: number): number => Math.min(rewards.most, Math.max(rewards.least, value));
  return {
    low: low === undefined ? rewards.least : inRange(low),
    high: high === undefined ? rewards.most : inRange(-high),
  };
}

function sumsOf({ weights, rewards }: WeightedRows): Sums {
  const sums: Sums = { n: weights.length, w: 0, ww: 0, wr: 0, wwr: 0, wwrr: 0 };
  weights.forEach((weight, row) => {
    const reward = rewards[row] ?? 0;
    sums.w += weight;
    sums.ww += weight * weight;
    sums.wr += weight * reward;
    sums.wwr += weight * weight * reward;
    sums.wwrr += weight * weight * reward * reward;
  });
  return sums;
}

/** How far equal masses must move, at the least, for the weights to average 1. */
function divergence({ n, w, ww }: Sums, { least, most }: WeightRange): number {
  const imagined = w < n ? most : least;
  if (imagined === Number.POSITIVE_INFINITY) return 1 + 1 / n;
  const mean = (imagined + w) / (n + 1);
  const square = (imagined * imagined + ww) / (n + 1);
  return ((n + 1) * (mean - 1) ** 2) / (square - mean * mean);
}

/** The least of sign * value with the imagined row given this weight and reward; none where no masses will do. */
function extreme(sums: Sums, imagined: number, reward: number, sign: 1 | -1, slack: number): number[] {
  const { n, w, ww, wr, wwr, wwrr } = sums;
  if (imagined === Number.POSITIVE_INFINITY) {
    const centre = sign * (reward + (wr - w * reward) / n);
    const spread =
      (reward * w - wr) ** 2 / (n * (n + 1)) - (reward * reward * ww - 2 * reward * wwr + wwrr) / (n + 1);
    return below(centre, spread, slack + 1 / (2 * n));
  }
  const weight = (imagined + w) / (n + 1);
  const square = (imagined * imagined + ww) / (n + 1);
  const value = (sign * (imagined * reward + wr)) / (n + 1);
  const valueWeight = (sign * (imagined * imagined * reward + wwr)) / (n + 1);
  const valueSquare = (imagined * imagined * reward * reward + wwrr) / (n + 1);
  const variance = square - weight * weight;
  if (variance <= 0) return [];
  const covariance = valueWeight - weight * value;
  const centre = value + ((1 - weight) * covariance) / variance;
  const spread = (covariance * covariance) / variance - (valueSquare - value * value);
  return below(centre, spread, slack + (1 - weight) ** 2 / (2 * variance));
}

function below(centre: number, spread: number, room: number): number[] {
  const product = spread * room;
  if (Math.abs(product) <= NOTHING * NOTHING) return [centre - Math.SQRT2 * NOTHING];
  return room <= 0 && product > 0 ? [centre - Math.sqrt(2 * product)] : [];
}

function leastOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.min(...values);
}
