import { estimate, type Figure } from "../../core/figure.js";
import { contributionsOf, dependenceNote, type PairedSlices } from "./paired-slices.js";

/** Share of the slices that the kernel reaches over. */
const B = 0.2;

export type FixedBConfidence = 0.9 | 0.95 | 0.98;

/**
 * Critical values of |t| at confidence c for the Bartlett kernel: a0 + a1 b + a2 b^2 + a3 b^3 (Kiefer & Vogelsang 2005,
 * "A New Asymptotic Theory for Heteroskedasticity-Autocorrelation Robust Tests", table 1). A simulation of the limit
 * (1,000 steps, 200,000 runs) gives 2.055, 2.534, 3.157 at b = .2 where these give 2.092, 2.566, 3.173.
 */
const coefficients: Readonly<Record<FixedBConfidence, readonly [number, number, number, number]>> = {
  0.9: [1.6449, 2.1859, 0.3142, -0.3427],
  0.95: [1.96, 2.9694, 0.416, -0.5324],
  0.98: [2.3263, 4.1618, 0.5368, -0.906],
};

/**
 * The row-weighted mean of per-slice differences, its variance by the Bartlett kernel over a fifth of the slices, its
 * critical value by the limit in which that share stays fixed (Kiefer & Vogelsang 2005): the noise of the variance
 * estimate is in the interval, where a normal critical value leaves it out. Assumes stationary differences.
 * UNDERCOVERS below 56 slices (91 to 93 % at a nominal 95 where autocorrelation is .3) and, as its estimator's name then
 * says, where neighbouring slices differ alike (88 to 94 % at .6; docs/intervals.md): groupedTInterval is the safer one.
 * Refused: see contributionsOf. O(slices^2).
 */
export function fixedBInterval(pairs: PairedSlices, confidence: FixedBConfidence = 0.95): Figure {
  const contributions = contributionsOf(pairs);
  if ("refused" in contributions) return contributions;
  const { mean, errors } = contributions;
  const lags = Math.ceil(B * errors.length);
  const reach = criticalValue(confidence, lags / errors.length) * Math.sqrt(longRunVariance(errors, lags));
  const name = `mean of slice differences, fixed-b HAC (Bartlett, b = ${B})${dependenceNote(pairs)}`;
  const figure = estimate(mean, pairs.rows, name);
  if ("refused" in figure) return figure;
  return { ...figure, interval: { low: mean - reach, high: mean + reach, confidence } };
}

function criticalValue(confidence: FixedBConfidence, b: number): number {
  const [a0, a1, a2, a3] = coefficients[confidence];
  return a0 + b * (a1 + b * (a2 + b * a3));
}

/** Variance of the sum of the errors: their products up to `lags` apart, weighted 1 - lag / lags. */
function longRunVariance(errors: Float64Array, lags: number): number {
  let variance = 0;
  for (let lag = 0; lag < lags; lag++) {
    let products = 0;
    for (let at = lag; at < errors.length; at++) products += (errors[at] ?? 0) * (errors[at - lag] ?? 0);
    variance += (lag === 0 ? 1 : 2) * (1 - lag / lags) * products;
  }
  return variance;
}
