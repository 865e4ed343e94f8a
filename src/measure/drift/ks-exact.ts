/**
 * P(n m D >= gap) of the two-sample Kolmogorov-Smirnov statistic when both samples come from one continuous
 * distribution: the probability that the random lattice path from (0, 0) to (n, m) leaves the band |i m - j n| < gap.
 * Recursion of the exceeding paths themselves, so that tails keep their relative accuracy (Hodges 1958; Viehmann 2021,
 * arXiv 2102.08037). O(n m) time, O(m) memory.
 */
export function ksExactTail(gap: number, n: number, m: number): number {
  if (gap <= 0) return 1;
  const left = new Float64Array(m + 1);
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      // A path at (i, j) came from (i - 1, j) with probability i / (i + j).
      left[j] =
        Math.abs(i * m - j * n) >= gap
          ? 1
          : i + j === 0
            ? 0
            : (i * (left[j] ?? 0) + j * (j === 0 ? 0 : (left[j - 1] ?? 0))) / (i + j);
    }
  }
  return left[m] ?? Number.NaN;
}
