import { estimate, type Figure, refusal } from "../../core/figure.js";

/** How a number per row is spread over rows. */
export interface Summary {
  mean: Figure;
  median: Figure;
  /** Nearest rank: nine rows in ten are at most this. */
  p90: Figure;
  largest: Figure;
}

/** Rows for which the number is undefined (NaN) are left out, and not counted. O(n log n). */
export function summaryOf(values: Float64Array, name: string): Summary {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const rows = sorted.length;
  if (rows === 0) {
    const none = refusal(
      "no-rows",
      `no row has a ${name}`,
      "compare models that share ids and whose vectors are not zero",
    );
    return { mean: none, median: none, p90: none, largest: none };
  }
  const quantile = (share: number): number => sorted[Math.ceil(share * rows) - 1] ?? Number.NaN;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / rows;
  return {
    mean: estimate(mean, rows, `mean ${name}`),
    median: estimate(quantile(0.5), rows, `median ${name}`),
    p90: estimate(quantile(0.9), rows, `90 % quantile of the ${name}`),
    largest: estimate(quantile(1), rows, `largest ${name}`),
  };
}
