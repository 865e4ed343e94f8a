import gammaln from "@stdlib/math-base-special-gammaln";

/**
 * P(D+ >= x) of n rows: x sum over j of C(n, j) (x + j/n)^(j-1) (1 - x - j/n)^(n-j), all of one sign
 * (Birnbaum & Tingey 1951). O(n).
 */
export function oneSidedTail(n: number, x: number): number {
  const logFactorial = gammaln(n + 1);
  let sum = 0;
  for (let j = 0; j <= Math.floor(n * (1 - x)); j++) {
    const inside = x + j / n;
    const outside = 1 - inside;
    const binomial = logFactorial - gammaln(j + 1) - gammaln(n - j + 1);
    // At outside = 0 the last factor is 0^(n-j), and n - j > 0 wherever x > 0.
    if (outside > 0) sum += Math.exp(binomial + (j - 1) * Math.log(inside) + (n - j) * Math.log1p(-inside));
  }
  return x * sum;
}
