import gammaln from "@stdlib/math-base-special-gammaln";

const SMALLEST = 1e-300;
/** From here Stirling's series is exact to the last digits. */
const LARGE = 30;

/**
 * The regularised upper incomplete gamma function Q(a, x), a > 0, x >= 0: its series below a + 1, Lentz's continued
 * fraction above (Press et al. 2007, section 6.2), each to the last digits, so that tails keep theirs. Written here
 * because the package's own is off by 1e-3 from some thousands of degrees of freedom on. O(sqrt(a) + 10) near the mean.
 */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  return x < a + 1 ? 1 - weight(a, x) * series(a, x) : weight(a, x) * a * fraction(a, x);
}

/** x^a e^-x / gamma(a + 1), for large a by Stirling, where the powers would cancel to nothing. */
function weight(a: number, x: number): number {
  if (a < LARGE) return Math.exp(a * Math.log(x) - x - gammaln(a + 1));
  const excess = (x - a) / a;
  const stirling = 1 + 1 / (12 * a) + 1 / (288 * a ** 2) - 139 / (51840 * a ** 3) - 571 / (2488320 * a ** 4);
  return Math.exp(-a * (excess - Math.log1p(excess))) / (Math.sqrt(2 * Math.PI * a) * stirling);
}

/** Sum over n >= 0 of x^n / ((a + 1) ... (a + n)). */
function series(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

function fraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / SMALLEST;
  let d = 1 / b;
  let value = d;
  for (let n = 1; ; n++) {
    const step = -n * (n - a);
    b += 2;
    d = 1 / away(step * d + b);
    c = away(b + step / c);
    const factor = d * c;
    value *= factor;
    if (Math.abs(factor - 1) < 1e-16) return value;
  }
}

/** A denominator of 0 would end the fraction. */
function away(value: number): number {
  return Math.abs(value) < SMALLEST ? SMALLEST : value;
}
