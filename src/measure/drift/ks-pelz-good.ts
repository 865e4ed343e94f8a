const ROOT_HALF_PI = Math.sqrt(Math.PI / 2);
const PI2 = Math.PI ** 2;

/**
 * P(D < x) of n rows: Kolmogorov's limit and its first three corrections in 1/sqrt(n) (Pelz & Good 1976, in the form of
 * Simard & L'Ecuyer 2011, equations 6 to 9). Good to about 7 digits of the distribution at n = 140. O(z), z = sqrt(n) x.
 */
export function pelzGood(n: number, x: number): number {
  const root = Math.sqrt(n);
  const z = root * x;
  const [z2, z4, z6, z8] = [z ** 2, z ** 4, z ** 6, z ** 8];
  const terms = Math.ceil((16 * z) / Math.PI);
  let [k0, k1, k2, k3] = [0, 0, 0, 0];
  for (let k = terms; k >= 1; k--) {
    // Sums over all half-integers: those below 0 double these.
    const h2 = PI2 * (k - 0.5) ** 2;
    const weight = Math.exp(-h2 / (2 * z2));
    k0 += weight;
    k1 += (h2 - z2) * weight;
    k2 += (6 * z6 + 2 * z4 + h2 * (2 * z4 - 5 * z2) + h2 ** 2 * (1 - 2 * z2)) * weight;
    k3 +=
      (h2 ** 3 * (5 - 30 * z2) +
        h2 ** 2 * (212 * z4 - 60 * z2) +
        h2 * (135 * z4 - 96 * z6) -
        30 * z6 -
        90 * z8) *
      weight;
  }
  let [extra2, extra3] = [0, 0];
  for (let k = terms; k >= 1; k--) {
    const h2 = PI2 * k * k;
    const weight = Math.exp(-h2 / (2 * z2));
    extra2 += h2 * weight;
    extra3 += h2 * (3 * z2 - h2) * weight;
  }
  const first = (2 * ROOT_HALF_PI * k0) / z;
  const second = (2 * ROOT_HALF_PI * k1) / (6 * z4);
  const third = 2 * ROOT_HALF_PI * (k2 / (72 * z ** 7) - extra2 / (36 * z ** 3));
  const fourth = 2 * ROOT_HALF_PI * (k3 / (6480 * z ** 10) + extra3 / (216 * z6));
  return first + second / root + third / n + fourth / (n * root);
}
