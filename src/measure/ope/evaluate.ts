import { type Figure, type Refusal, refusal } from "../../core/figure.js";
import type { TargetedRows } from "./against-target.js";
import { clusteredStandardError } from "./clustered.js";
import { type EstimatorEntry, estimatorList } from "./estimator-list.js";
import { gaussian } from "./intervals/gaussian.js";
import type { StandingRefusals } from "./judgement.js";
import type { Limits } from "./limits.js";
import type { IntervalSettings, NamedInterval } from "./named-intervals.js";

export interface EvaluateSettings extends IntervalSettings {
  /** The largest weight that is believed: where weights are clipped, switched or shrunk. */
  clip: number;
  /** Of each row: rows of one user or slate are not independent. */
  clusters: Int32Array | undefined;
  /** The policy learned from the rows: they depend on the past, and only a martingale's interval holds. */
  isAdaptive: boolean;
  limits: Limits;
  refusals: StandingRefusals;
  /** Why the replay method does not apply, where it does not. */
  replayRefusal: Refusal | undefined;
}

export interface EvaluatedEstimator {
  estimator: string;
  /** What to read: an estimate with its interval, or why there is none. */
  figure: Figure;
  /** How the figure's own interval was made. */
  intervalBy?: string;
  /** What that interval rests on. */
  holds?: string;
  intervals: NamedInterval[];
  /** What the formula comes to, whatever stands against it: for checking the arithmetic, not for a decision. */
  computed?: { value: number; standardError?: number };
}

/** Every estimator over the same rows, in the order of the documentation. O(rows) each. */
export function evaluate(rows: TargetedRows, settings: EvaluateSettings): EvaluatedEstimator[] {
  return estimatorList(rows, settings).map((entry) => judged(entry, rows, settings));
}

function judged(entry: EstimatorEntry, rows: TargetedRows, settings: EvaluateSettings): EvaluatedEstimator {
  const { name: estimator, estimated, interval, against } = entry;
  if ("refused" in estimated) return { estimator, figure: against ?? estimated, intervals: [] };
  const clusters = estimated.rows === rows.events.length ? settings.clusters : undefined;
  const error = "influence" in estimated ? clusteredStandardError(estimated, clusters) : undefined;
  const { value } = estimated;
  const computed = { value, ...(error === undefined ? {} : { standardError: error }) };
  const refused = against ?? (error === 0 && interval !== "none" ? noSpread(estimated.rows) : undefined);
  if (refused !== undefined) return { estimator, figure: refused, intervals: [], computed };
  const figure = { value, rows: estimated.rows, estimator: estimated.estimator };
  const { confidence } = settings;
  const intervals = entry.intervals();
  if (interval === "own") {
    const [own, ...others] = intervals;
    if (own === undefined) return { estimator, figure, intervals, computed };
    const { low, high } = own;
    const withOwn = { ...figure, interval: { low, high, confidence } };
    return {
      ...{ estimator, figure: withOwn, intervalBy: own.method, holds: own.holds },
      ...{ intervals: others, computed },
    };
  }
  if (interval === "none" || error === undefined) return { estimator, figure, intervals, computed };
  const bounds = gaussian(value, error, 1 - confidence);
  return {
    ...{ estimator, figure: { ...figure, interval: { ...bounds, confidence } } },
    intervalBy: `${interval}${clusters === undefined ? "" : ", by cluster"}`,
    holds: entry.isBiased ? `${AS_ROWS_GROW}; leaves out the bias of bounded weights` : AS_ROWS_GROW,
    ...{ intervals, computed },
  };
}

const AS_ROWS_GROW = "as rows grow; too narrow where few large weights carry the rewards";

function noSpread(rows: number): Refusal {
  return refusal(
    "zero-standard-error",
    `all ${rows} rows give the same term: the standard error is 0, which is a lack of data and not certainty`,
    "use a longer log",
  );
}
