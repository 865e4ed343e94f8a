import { estimate, type Figure, refusal } from "../../core/figure.js";
import type { CategoryCounts } from "./bins.js";
import { chiSquareTail } from "./chi-square.js";

/** Categories that only one of the two logs has. */
export interface NewCategories {
  /** Of the current log: how many, some of them by rows, and the share of its rows that they hold. */
  appeared: OneSided;
  /** Of the reference. */
  vanished: OneSided;
  /**
   * The share of current rows that would be in unseen categories without drift: the reference's categories of one row
   * over its rows (Good 1953). A long tail has new ids every day.
   */
  expectedShare: number;
  /** That the share that appeared is the expected one, two-sided normal; refused where nothing can be new. */
  pValue: Figure;
}

interface OneSided {
  categories: number;
  rows: number;
  share: number;
  /** Those with most rows. */
  examples: string[];
}

const EXAMPLES = 5;

/** @param categories no NaN, no missing values. O(k log k). */
export function newCategories(reference: CategoryCounts, current: CategoryCounts): NewCategories {
  const [n, m] = [total(reference), total(current)];
  const appeared = onlyIn(current, reference, m);
  const vanished = onlyIn(reference, current, n);
  let [once, twice] = [0, 0];
  for (const count of reference.values()) {
    if (count === 1) once += 1;
    if (count === 2) twice += 1;
  }
  const expectedShare = n === 0 ? 0 : once / n;
  return { appeared, vanished, expectedShare, pValue: shareTest() };

  /** Variance of Good's estimate (Esty 1983) plus that of a share of m rows. */
  function shareTest(): Figure {
    const estimator = "two-sided normal test of the share of new categories";
    if (n === 0 || m === 0)
      return refusal("no-rows", "one of the two logs has no categories", "give logs with values");
    const pooled = (once + appeared.rows) / (n + m);
    const variance = (once * (1 - expectedShare) + 2 * twice) / n ** 2 + (pooled * (1 - pooled)) / m;
    if (variance === 0)
      return refusal("not-measured", "no category of one row, none that is new", "nothing to be done");
    const z = (appeared.share - expectedShare) / Math.sqrt(variance);
    return estimate(chiSquareTail(z * z, 1), n + m, estimator);
  }
}

function onlyIn(counts: CategoryCounts, other: CategoryCounts, rows: number): OneSided {
  const own = [...counts].filter(([category]) => !other.has(category));
  const held = own.reduce((sum, [, count]) => sum + count, 0);
  own.sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  return {
    categories: own.length,
    rows: held,
    share: rows === 0 ? 0 : held / rows,
    examples: own.slice(0, EXAMPLES).map(([category]) => category),
  };
}

function total(counts: CategoryCounts): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
