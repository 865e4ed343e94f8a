import { durbinMatrix } from "./ks-durbin.js";
import { oneSidedTail } from "./ks-one-sided.js";
import { pelzGood } from "./ks-pelz-good.js";

/**
 * P(D >= statistic) of two samples of n and m rows by the law of the one-sample statistic at round(n m / (n + m)) rows,
 * halves to even: scipy's ks_2samp(method="asymp"). Cost: see kolmogorovTailOf.
 */
export function ksAsymptoticTail(statistic: number, n: number, m: number): number {
  const effective = (n * m) / (n + m);
  const floor = Math.floor(effective);
  const isHalf = effective - floor === 0.5;
  return kolmogorovTailOf(isHalf ? floor + (floor % 2) : Math.round(effective), statistic);
}

/** Above this n x^2 the tail is below the smallest double. */
const UNDERFLOW = 370;

/**
 * Tail of the two-sided one-sample Kolmogorov-Smirnov statistic of n rows at x. By the regions of Simard & L'Ecuyer
 * 2011 ("Computing the two-sided Kolmogorov-Smirnov distribution", J. Stat. Soft. 39): closed forms at both ends, twice
 * the one-sided tail where the two sides hardly meet, Durbin's matrix where n is small, Pelz & Good's series else.
 * O(n), or O((n x)^3 log n) for the matrix.
 */
export function kolmogorovTailOf(n: number, x: number): number {
  const t = n * x;
  if (t <= 0.5) return 1;
  if (x >= 1) return 0;
  if (t <= 1) return 1 - Math.exp(rubenGambino(n, 2 * t - 1));
  if (t >= n - 1) return 2 * (1 - x) ** n;
  if (x >= 0.5) return 2 * oneSidedTail(n, x);
  const nxx = t * x;
  if (n <= 140) return nxx <= 4 ? 1 - durbinMatrix(n, x) : 2 * oneSidedTail(n, x);
  if (nxx >= UNDERFLOW) return 0;
  if (nxx >= 2.2) return Math.min(1, 2 * oneSidedTail(n, x));
  return n <= 100_000 && n * x ** 1.5 <= 1.4 ? 1 - durbinMatrix(n, x) : 1 - pelzGood(n, x);
}

/** ln of n! (width / n)^n: the distribution for 1/2 <= n x <= 1 (Ruben & Gambino 1982). */
function rubenGambino(n: number, width: number): number {
  let log = n * Math.log(width);
  for (let k = 1; k <= n; k++) log += Math.log(k / n);
  return log;
}
