import { estimate, type Figure, refusal } from "../../core/figure.js";
import { type BinnedPair, sumOf } from "./bins.js";

/** What becomes of a bin without rows, whose logarithm there is none of. */
export type PsiSmoothing =
  /** Shares below 1e-4 count as 1e-4, not renormalised: what most monitors do. */
  | "clip"
  /** Half a row is added to each bin. */
  | "laplace"
  /** Refused where a bin is empty. */
  | "none";

const LEAST_SHARE = 1e-4;
const ADDED_ROWS = 0.5;

/**
 * Population stability index: sum over bins of (q - p) ln(q / p), p the reference's shares and q the current ones: the
 * symmetric Kullback-Leibler divergence (Jeffreys 1946) of the binned logs; below .1 is read as stable, above .25 as
 * changed (Siddiqi 2006). Depends on the bins, and grows with their number: see psiWithoutDrift. O(bins).
 */
export function psi(bins: BinnedPair, smoothing: PsiSmoothing): Figure {
  const reference = sumOf(bins.reference);
  const current = sumOf(bins.current);
  if (reference === 0 || current === 0)
    return refusal("no-rows", "one of the two logs has no rows in any bin", "give logs with rows");
  const isEmpty = (count: number): boolean => count === 0;
  if (smoothing === "none" && (bins.reference.some(isEmpty) || bins.current.some(isEmpty)))
    return refusal("empty-bin", "a bin is empty in one of the logs", "use fewer bins, or a smoothed PSI");
  const share = shareWith(smoothing, bins.reference.length);
  let sum = 0;
  bins.reference.forEach((count, bin) => {
    const p = share(count, reference);
    const q = share(bins.current[bin] ?? 0, current);
    sum += (q - p) * Math.log(q / p);
  });
  return estimate(sum, reference + current, ESTIMATORS[smoothing]);
}

const ESTIMATORS: Readonly<Record<PsiSmoothing, string>> = {
  clip: "PSI, shares of at least 1e-4",
  laplace: "PSI, half a row added to each bin",
  none: "PSI",
};

function shareWith(smoothing: PsiSmoothing, bins: number): (count: number, rows: number) => number {
  if (smoothing === "laplace") return (count, rows) => (count + ADDED_ROWS) / (rows + ADDED_ROWS * bins);
  const least = smoothing === "clip" ? LEAST_SHARE : 0;
  return (count, rows) => Math.max(count / rows, least);
}

/**
 * The PSI to be expected of two logs of one distribution: (bins - 1)(1/n + 1/m), bins that are empty in both aside, as
 * PSI / (1/n + 1/m) is about chi-square (Yurdakul & Naranjo 2020, "Statistical properties of the population stability
 * index").
 */
export function psiWithoutDrift(bins: BinnedPair): number {
  const filled = bins.reference.filter((count, bin) => count + (bins.current[bin] ?? 0) > 0).length;
  return (filled - 1) * (1 / sumOf(bins.reference) + 1 / sumOf(bins.current));
}
