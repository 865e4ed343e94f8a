import { type Refusal, refusal } from "../../core/figure.js";
import type { Limits } from "./limits.js";
import type { WeightDiagnostics } from "./weight-diagnostics.js";

/** Off 1 by less than this is rounding, whatever the standard error: equal weights have none. */
const ROUNDING = 1e-9;

/** Why the log has too little to say of this target, model or not: most telling first. */
export function supportRefusals(weights: WeightDiagnostics, limits: Limits): Refusal[] {
  const { effectiveSampleSize: rows, effectivePositives: positives } = weights;
  if (weights.sum === 0) {
    return [
      refusal(
        "no-overlap",
        "the target never takes an action that was logged: every weight is 0",
        "check that the log and the policy name items alike; else log some of the policy's actions",
      ),
    ];
  }
  const refusals: Refusal[] = [];
  if (rows < limits.effectiveSampleSize) {
    refusals.push(
      refusal(
        "low-ess",
        `an effective sample size of ${rows.toFixed(1)}, below ${limits.effectiveSampleSize}: few rows carry the weight`,
        "use a longer log, or a target nearer to the policy that logged",
      ),
    );
  }
  if (positives < limits.effectivePositives) {
    refusals.push(
      refusal(
        "few-positives",
        `${positives.toFixed(1)} effective rewarded rows, below ${limits.effectivePositives}: too few rewards were seen under the target's actions`,
        "use a longer log: an estimate and its interval from so few rewards follow their chance",
      ),
    );
  }
  return refusals;
}

/** Why the logged propensities cannot be what they say. */
export function meanWeightRefusal(
  { mean, meanStandardError: error, sum }: WeightDiagnostics,
  limits: Limits,
): Refusal[] {
  const off = Math.abs(mean - 1);
  if (sum === 0 || off <= Math.max(ROUNDING, limits.meanWeightErrors * error)) return [];
  return [
    refusal(
      "mean-weight-off",
      `the mean weight is ${mean.toFixed(3)}, off 1 by more than ${limits.meanWeightErrors} of its standard errors (${error.toFixed(3)})`,
      "check the propensities (of the action at its position, as it was drawn), and whether the target takes items that the log could not show",
    ),
  ];
}
