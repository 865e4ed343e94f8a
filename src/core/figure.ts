/** Why a number is not given. A closed list, so that CI jobs can match on it. */
export type ReasonCode =
  /** Of any figure. */
  | "no-rows"
  | "no-weight"
  | "not-finite"
  | "not-measured"
  | "no-price"
  /** Of metrics. */
  | "no-positives"
  | "single-class"
  | "not-a-probability"
  | "infinite-loss"
  | "no-groups"
  | "too-many-rows"
  | "not-in-catalogue"
  /** Of comparisons and their curves. */
  | "censored"
  | "too-few-slices"
  | "no-control"
  | "too-few-units"
  | "no-variation"
  | "zero-denominator"
  /** Of drift. */
  | "no-column"
  | "too-few-rows"
  | "empty-bin"
  /** Of off-policy evaluation: what a log cannot tell of a policy that did not write it. */
  | "no-propensities"
  | "propensity-invalid"
  | "probabilities-do-not-sum"
  | "action-not-a-candidate"
  | "duplicate-events"
  | "whole-slate"
  | "model-has-learned-the-log"
  | "no-overlap"
  | "mean-weight-off"
  | "low-ess"
  | "few-positives"
  | "zero-standard-error";

export interface Estimate {
  value: number;
  rows: number;
  estimator: string;
  interval?: { low: number; high: number; confidence: number };
}

export interface Refusal {
  refused: ReasonCode;
  reason: string;
  remedy: string;
}

/** A statistic is an estimate with its rows, or a refusal with its reason; never a silent 0 or NaN. */
export type Figure = Estimate | Refusal;

/** The estimate, or a refusal where the value came out non-finite. */
export function estimate(value: number, rows: number, estimator: string): Figure {
  if (Number.isFinite(value)) return { value, rows, estimator };
  return refusal(
    "not-finite",
    `${estimator} came out as ${value}`,
    "check the scores for NaN or infinite values",
  );
}

export function refusal(refused: ReasonCode, reason: string, remedy: string): Refusal {
  return { refused, reason, remedy };
}

/** What every metric says of an empty window. */
export function noRows(): Refusal {
  return refusal("no-rows", "no scored rows", "score rows with a known label");
}
