import { type Bounds, momentsOf } from "../../../../src/measure/ope/intervals/bounds.js";
import { empiricalBernstein } from "../../../../src/measure/ope/intervals/empirical-bernstein.js";
import { hoeffding } from "../../../../src/measure/ope/intervals/hoeffding.js";
import { studentT } from "../../../../src/measure/ope/intervals/student-t.js";
import type { ModelledRows } from "../../../../src/measure/ope/rows.js";
import type { Tally } from "../../tally.js";
import { checkMeanBootstrap } from "./bootstraps.js";
import { type Expected, numberOf } from "./case.js";
import { estimators } from "./estimators.js";

/** One-sided bounds of the round rewards, as Open Bandit Pipeline computes them. */
export function checkMeanIntervals(
  tally: Tally,
  where: string,
  rows: ModelledRows,
  { intervals, x_max_given }: Expected,
): void {
  for (const {
    round_rewards_of: of,
    mean,
    variance_ddof0,
    bounds,
    obp_percentile_bootstrap_95,
  } of intervals) {
    const name = `${where}: ${of.estimator} lambda ${of.lambda}`;
    const terms = estimators[of.estimator]?.terms(rows, numberOf(of.lambda)) ?? new Float64Array(0);
    const moments = momentsOf(terms);
    tally.near(`${name} mean`, moments.mean, mean);
    tally.near(`${name} variance`, moments.variance, variance_ddof0);
    for (const { method, delta, x_max, lower, upper_mirrored } of bounds) {
      const xMax = x_max === "given" ? x_max_given : Math.max(...terms);
      const found = boundsBy(method, terms, delta, xMax);
      tally.near(`${name} ${method} ${delta} ${x_max} lower`, found?.low, lower);
      tally.near(`${name} ${method} ${delta} ${x_max} upper`, found?.high, upper_mirrored);
    }
    checkMeanBootstrap(tally, `${name} bootstrap`, terms, obp_percentile_bootstrap_95);
  }
}

function boundsBy(method: string, terms: Float64Array, delta: number, xMax: number): Bounds | undefined {
  if (method === "student_t") return studentT(terms, delta);
  if (method === "hoeffding") return hoeffding(terms, delta, xMax);
  return method === "empirical_bernstein" ? empiricalBernstein(terms, delta, xMax) : undefined;
}
