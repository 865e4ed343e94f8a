/**
 * Tail of Kolmogorov's limiting distribution, 2 sum over k >= 1 of (-1)^(k-1) exp(-2 k^2 x^2) (Kolmogorov 1933); below
 * x = 1 by the equal series of theta functions, which converges there. O(1).
 */
export function kolmogorovTail(x: number): number {
  if (x <= 0) return 1;
  if (x < 1) {
    let sum = 0;
    for (let k = 1; k <= 20; k++) sum += Math.exp(-((2 * k - 1) ** 2 * Math.PI ** 2) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  let sum = 0;
  for (let k = 20; k >= 1; k--) sum += (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * x * x);
  return 2 * sum;
}

/** The limit at x = D sqrt(n m / (n + m)). Too large a p-value for small samples. */
export function kolmogorovLimitTail(statistic: number, n: number, m: number): number {
  return kolmogorovTail(statistic * Math.sqrt((n * m) / (n + m)));
}

/** The limit at x = (s + .12 + .11 / s) D, s = sqrt(n m / (n + m)) (Stephens 1970): close from four rows on. */
export function stephensTail(statistic: number, n: number, m: number): number {
  const s = Math.sqrt((n * m) / (n + m));
  return kolmogorovTail((s + 0.12 + 0.11 / s) * statistic);
}
