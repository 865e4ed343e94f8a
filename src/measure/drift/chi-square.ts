import { type Refusal, refusal } from "../../core/figure.js";
import { type BinnedPair, sumOf } from "./bins.js";
import { upperGamma } from "./gamma-tail.js";

export interface ChiSquareTest {
  statistic: number;
  degreesOfFreedom: number;
  /** Of the statistic or a larger one; for counts of 5 and more a bin, in independent rows. */
  pValue: number;
  /** Bins that no row of either log is in. */
  emptyBinsDropped: number;
  estimator: string;
}

/**
 * Pearson's test that two logs have the same shares: 2 x bins table, bins that are empty in both left out, without
 * Yates' correction (scipy.stats.chi2_contingency(correction=False)). One bin alone gives 0 and p = 1. O(bins).
 */
export function chiSquareContingency(bins: BinnedPair): ChiSquareTest | Refusal {
  const reference = sumOf(bins.reference);
  const current = sumOf(bins.current);
  if (reference === 0 || current === 0)
    return refusal("no-rows", "one of the two logs has no rows in any bin", "give logs with rows");
  let statistic = 0;
  let filled = 0;
  bins.reference.forEach((count, bin) => {
    const other = bins.current[bin] ?? 0;
    if (count + other === 0) return;
    filled += 1;
    const share = (count + other) / (reference + current);
    statistic += (count - share * reference) ** 2 / (share * reference);
    statistic += (other - share * current) ** 2 / (share * current);
  });
  return {
    ...tested(statistic, filled - 1, "chi-square test of homogeneity"),
    emptyBinsDropped: bins.reference.length - filled,
  };
}

/**
 * Pearson's test of the current counts against the reference's shares, as if those were known without error
 * (scipy.stats.chisquare): too sharp for a small reference. Refused where a bin of the reference is empty. O(bins).
 */
export function chiSquareGoodnessOfFit(bins: BinnedPair): ChiSquareTest | Refusal {
  const reference = sumOf(bins.reference);
  const current = sumOf(bins.current);
  if (reference === 0 || current === 0)
    return refusal("no-rows", "one of the two logs has no rows in any bin", "give logs with rows");
  if (bins.reference.some((count) => count === 0))
    return refusal("empty-bin", "the reference has no rows in a bin", "use fewer bins, or the contingency");
  let statistic = 0;
  bins.reference.forEach((count, bin) => {
    const expected = (count / reference) * current;
    statistic += ((bins.current[bin] ?? 0) - expected) ** 2 / expected;
  });
  return {
    ...tested(statistic, bins.reference.length - 1, "chi-square goodness of fit"),
    emptyBinsDropped: 0,
  };
}

function tested(
  statistic: number,
  degreesOfFreedom: number,
  estimator: string,
): Omit<ChiSquareTest, "emptyBinsDropped"> {
  // Without a degree of freedom there is nothing that could differ; rounding is no difference.
  if (degreesOfFreedom === 0) return { statistic: 0, degreesOfFreedom, pValue: 1, estimator };
  return { statistic, degreesOfFreedom, pValue: chiSquareTail(statistic, degreesOfFreedom), estimator };
}

/** P(chi-square >= statistic): the regularised upper incomplete gamma function, so that tails keep their digits. */
export function chiSquareTail(statistic: number, degreesOfFreedom: number): number {
  return upperGamma(degreesOfFreedom / 2, statistic / 2);
}
