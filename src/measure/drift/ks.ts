import { type Refusal, refusal } from "../../core/figure.js";
import { stephensTail } from "./kolmogorov-limit.js";
import { ksExactTail } from "./ks-exact.js";
import { type Sample, walkBoth } from "./sample.js";

export interface KsTest {
  /** Largest distance of the two empirical distribution functions, in [0, 1]. */
  statistic: number;
  /** Of the statistic or a larger one if both logs had one continuous distribution; two-sided. */
  pValue: number;
  estimator: "two-sample Kolmogorov-Smirnov, exact" | "two-sample Kolmogorov-Smirnov, Stephens";
}

/** Above this product of rows the exact tail costs too much and Stephens' is as good. */
const MAX_EXACT_CELLS = 1e6;

/**
 * Two-sample Kolmogorov-Smirnov test, two-sided. Ties make it conservative: the p-value is then too large, never too
 * small. Rows are taken to be independent. Refused without rows. O(n log n) for the sort in `sampleOf`, then O(n + m),
 * and O(n m) for the exact tail of small logs.
 */
export function ksTest(reference: Sample, current: Sample): KsTest | Refusal {
  if (reference.total === 0 || current.total === 0)
    return refusal("no-rows", "one of the two samples is empty", "give logs with values of this feature");
  const gap = ksGap(reference, current);
  const { total: n } = reference;
  const { total: m } = current;
  const statistic = gap / (n * m);
  if (n * m <= MAX_EXACT_CELLS) {
    const pValue = ksExactTail(gap, n, m);
    return { statistic, pValue, estimator: "two-sample Kolmogorov-Smirnov, exact" };
  }
  const pValue = stephensTail(statistic, n, m);
  return { statistic, pValue, estimator: "two-sample Kolmogorov-Smirnov, Stephens" };
}

/** n m times the statistic: a whole number where weights count rows, so that ties of D are exact. */
export function ksGap(reference: Sample, current: Sample): number {
  let gap = 0;
  walkBoth(reference, current, (_, below, belowCurrent) => {
    gap = Math.max(gap, Math.abs(below * current.total - belowCurrent * reference.total));
  });
  return gap;
}
