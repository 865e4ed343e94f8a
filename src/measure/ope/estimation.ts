import { type Estimate, estimate, type Refusal, refusal } from "../../core/figure.js";

/** An estimate with what each row contributes to its error: value - truth is about the mean of `influence`. */
export interface Estimation extends Estimate {
  influence: Float64Array;
}

/** Rows that are not there, or that carry no weight at all, estimate nothing. */
export type Estimated = Estimation | Refusal;

/** The (weighted) mean of one term a row: its influence is term - mean. O(n). */
export function meanOf(estimator: string, terms: Float64Array, rowWeights?: Float64Array): Estimated {
  return ratioOf(estimator, terms, new Float64Array(terms.length).fill(1), rowWeights);
}

/**
 * Sum of numerators / sum of denominators. Influence by the delta method: (a - V b) / mean(b) (Owen 2013, Monte Carlo
 * theory, methods and examples, chapter 9). O(n).
 */
export function ratioOf(
  estimator: string,
  numerators: Float64Array,
  denominators: Float64Array,
  rowWeights?: Float64Array,
): Estimated {
  const rows = numerators.length;
  if (rows === 0) return refusal("no-rows", "no rows", "use a longer log");
  let above = 0;
  let below = 0;
  for (let row = 0; row < rows; row++) {
    const count = rowWeights?.[row] ?? 1;
    above += count * (numerators[row] ?? Number.NaN);
    below += count * (denominators[row] ?? Number.NaN);
  }
  if (below === 0) {
    return refusal(
      "no-overlap",
      "no row has weight: the target never takes an action that was logged",
      "check that the log and the policy name actions alike; else log some of the policy's actions",
    );
  }
  const value = above / below;
  const figure = estimate(value, rows, estimator);
  if ("refused" in figure) return figure;
  const scale = rows / below;
  const influence = numerators.map(
    (numerator, row) => (rowWeights?.[row] ?? 1) * (numerator - value * (denominators[row] ?? 0)) * scale,
  );
  return { ...figure, influence };
}

/** The sum of two estimates over the same rows: their values and influences add. */
export function sumOf(estimator: string, left: Estimated, right: Estimated): Estimated {
  if ("refused" in left) return left;
  if ("refused" in right) return right;
  const influence = left.influence.map((value, row) => value + (right.influence[row] ?? 0));
  return { value: left.value + right.value, rows: left.rows, estimator, influence };
}

/**
 * sqrt(mean(influence^2) / n), with n - 1 for the mean's n when `degreesOfFreedom` is 1: for a mean, the usual standard
 * error; for a ratio, the delta method's. Rows are taken as independent.
 */
export function standardError({ influence }: Estimation, degreesOfFreedom: 0 | 1 = 1): number {
  let squares = 0;
  for (const value of influence) squares += value * value;
  const n = influence.length;
  return Math.sqrt(squares / n / (n - degreesOfFreedom));
}
