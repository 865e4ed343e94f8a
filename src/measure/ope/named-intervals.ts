import type { Bounds } from "./intervals/bounds.js";
import { clopperPearson, type RewardRange } from "./intervals/clopper-pearson.js";
import { confidenceSequence } from "./intervals/confidence-sequence.js";
import { cressieReadInterval } from "./intervals/cressie-read.js";
import { empiricalBernstein } from "./intervals/empirical-bernstein.js";
import { gaussian } from "./intervals/gaussian.js";
import { meanAndRatioJackknife, ratioJackknife } from "./intervals/jackknife.js";
import { ipsTerms } from "./ips.js";
import type { ModelledRows, WeightedRows } from "./rows.js";
import { weightedResiduals } from "./sndr.js";

/** An interval beside an estimate's own, with what it rests on. */
export interface NamedInterval extends Bounds {
  method: string;
  confidence: number;
  holds: string;
}

export interface IntervalSettings {
  confidence: number;
  /** The least and the largest reward there can be; undefined where nobody said. */
  rewards: RewardRange | undefined;
  /** The least propensity that the logging policy gives; undefined where nobody said. */
  leastPropensity: number | undefined;
}

/** Of the mean of w r: what takes each row once, in the order of time, and knows the reward's range. */
export function ipsIntervals(rows: WeightedRows, settings: IntervalSettings): NamedInterval[] {
  const { rewards, leastPropensity, confidence } = settings;
  if (rewards === undefined || rows.rowWeights !== undefined) return [];
  const alpha = 1 - confidence;
  const named = name(confidence);
  const likelihood = cressieReadInterval(rows, alpha, rewards);
  const bernstein =
    leastPropensity === undefined || rewards.least < 0
      ? []
      : [
          named(
            "empirical-bernstein",
            empiricalBernstein(ipsTerms(rows), alpha / 2, rewards.most / leastPropensity),
            `for every n, given propensities of ${leastPropensity} at the least and independent rows`,
          ),
        ];
  return [
    ...("refused" in likelihood
      ? []
      : [named("cressie-read", likelihood, "as rows grow; keeps inside the reward's range")]),
    ...bernstein,
    named(
      "clopper-pearson",
      clopperPearson(rows, alpha, rewards),
      "for every n where weights are equal, a heuristic elsewhere",
    ),
    ...ipsSequence(rows, settings),
  ];
}

/** The one interval of the mean of w r that holds for rows which depend on the past. */
export function ipsSequence(rows: WeightedRows, { rewards, confidence }: IntervalSettings): NamedInterval[] {
  if (rewards === undefined || rows.rowWeights !== undefined) return [];
  const bounds = confidenceSequence(rows, 1 - confidence, rewards);
  const holds = "for every n and at every look, rows may depend on the past";
  return [name(confidence)("confidence-sequence", bounds, holds)];
}

/** Of the mean of min(w, clip) r, whose range is known: it bounds that mean, not the clipping's bias. */
export function clippedIntervals(
  rows: WeightedRows,
  clip: number,
  settings: IntervalSettings,
): NamedInterval[] {
  const { rewards, confidence } = settings;
  if (rewards === undefined || rewards.least < 0 || rows.rowWeights !== undefined) return [];
  const bounds = empiricalBernstein(ipsTerms(rows, clip), (1 - confidence) / 2, clip * rewards.most);
  return [
    name(confidence)(
      "empirical-bernstein",
      bounds,
      "for every n, of the clipped mean: the low end bounds the value too, the high end does not",
    ),
  ];
}

export function snipsIntervals(
  rows: WeightedRows,
  value: number,
  settings: IntervalSettings,
): NamedInterval[] {
  return jackknifed(rows, value, settings, () => ratioJackknife(ipsTerms(rows), rows.weights));
}

export function sndrIntervals(
  rows: ModelledRows,
  value: number,
  settings: IntervalSettings,
): NamedInterval[] {
  return jackknifed(rows, value, settings, () =>
    meanAndRatioJackknife(rows.expectedRewards, weightedResiduals(rows), rows.weights),
  );
}

function jackknifed(
  rows: WeightedRows,
  value: number,
  { confidence }: IntervalSettings,
  error: () => number,
): NamedInterval[] {
  if (rows.rowWeights !== undefined) return [];
  return [
    name(confidence)("jackknife", gaussian(value, error(), 1 - confidence), "as rows grow; rows independent"),
  ];
}

function name(confidence: number): (method: string, bounds: Bounds, holds: string) => NamedInterval {
  return (method, { low, high }, holds) => ({ method, low, high, confidence, holds });
}
