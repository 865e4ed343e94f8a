/** Why a number is not given. A closed list, so that CI jobs can match on it. */
export type ReasonCode =
  | "no-rows"
  | "no-positives"
  | "single-class"
  | "not-a-probability"
  | "no-weight"
  | "not-finite"
  | "censored"
  | "too-few-slices"
  | "no-control"
  | "infinite-loss"
  | "no-groups"
  | "not-in-catalogue"
  | "too-few-units"
  | "no-variation"
  | "zero-denominator"
  | "not-measured";

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
