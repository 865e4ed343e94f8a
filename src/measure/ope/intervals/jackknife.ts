/**
 * Jackknife standard error: sqrt((n - 1) / n * sum of (V without row i - their mean)^2) (Tukey 1958; Efron & Stein 1981),
 * for estimates that are smooth in the rows' weights, such as ratios. Agrees with the delta method up to terms of
 * 1 / n and is the larger where one row carries much. O(n) calls.
 *
 * @param without the estimate with one row left out.
 */
export function jackknifeStandardError(rows: number, without: (row: number) => number): number {
  const values = Float64Array.from({ length: rows }, (_, row) => without(row));
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / rows;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(((rows - 1) / rows) * squares);
}

/** The jackknife of sum of numerators / sum of denominators (SNIPS, and the replay method). O(n). */
export function ratioJackknife(numerators: Float64Array, denominators: Float64Array): number {
  const above = total(numerators);
  const below = total(denominators);
  return jackknifeStandardError(
    numerators.length,
    (row) => (above - (numerators[row] ?? 0)) / (below - (denominators[row] ?? 0)),
  );
}

/** The jackknife of mean of terms + sum of numerators / sum of denominators (SNDR). O(n). */
export function meanAndRatioJackknife(
  terms: Float64Array,
  numerators: Float64Array,
  denominators: Float64Array,
): number {
  const n = terms.length;
  const sum = total(terms);
  const above = total(numerators);
  const below = total(denominators);
  return jackknifeStandardError(
    n,
    (row) =>
      (sum - (terms[row] ?? 0)) / (n - 1) +
      (above - (numerators[row] ?? 0)) / (below - (denominators[row] ?? 0)),
  );
}

function total(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
