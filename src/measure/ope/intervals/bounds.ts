/** Both ends of an interval; of one that is made of two one-sided bounds, each holds with the confidence said there. */
export interface Bounds {
  low: number;
  high: number;
}

/** Mean and variance (sum of squared deviations / n) of one term a row. */
export function momentsOf(terms: Float64Array): { n: number; mean: number; variance: number } {
  const n = terms.length;
  let sum = 0;
  for (const term of terms) sum += term;
  const mean = sum / n;
  let squares = 0;
  for (const term of terms) squares += (term - mean) ** 2;
  return { n, mean, variance: squares / n };
}

/** mean - width and mean + width. */
export function around(mean: number, width: number): Bounds {
  return { low: mean - width, high: mean + width };
}
