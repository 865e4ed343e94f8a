import { type Estimate, type Figure, type Refusal, refusal } from "../../core/figure.js";
import type { TargetedRows } from "./against-target.js";
import { cressieRead } from "./cressie-read.js";
import { dm } from "./dm.js";
import { dr } from "./dr.js";
import { drOs } from "./dr-os.js";
import { empiricalLikelihood } from "./empirical-likelihood.js";
import type { Estimated, Estimation } from "./estimation.js";
import type { EvaluateSettings } from "./evaluate.js";
import { cressieReadInterval } from "./intervals/cressie-read.js";
import { ips } from "./ips.js";
import {
  clippedIntervals,
  ipsIntervals,
  ipsSequence,
  type NamedInterval,
  sndrIntervals,
  snipsIntervals,
} from "./named-intervals.js";
import { replayMethod } from "./replay-method.js";
import type { WeightedRows } from "./rows.js";
import { sndr } from "./sndr.js";
import { snips } from "./snips.js";
import { subGaussianDr, subGaussianIps } from "./sub-gaussian.js";
import { switchDr } from "./switch-dr.js";
import { weightDiagnostics } from "./weight-diagnostics.js";
import { meanWeightRefusal, supportRefusals } from "./weight-refusals.js";

export interface EstimatorEntry {
  name: string;
  estimated: Estimation | Estimate | Refusal;
  /** What stands against it, most telling first. */
  against: Refusal | undefined;
  /** Bounded weights: the interval is about what the estimator aims at, not about the value. */
  isBiased: boolean;
  /** Where the figure's own interval comes from: its influences, the first of `intervals`, or nowhere. */
  interval: "gaussian" | "delta method" | "own" | "none";
  intervals: () => NamedInterval[];
}

/** The rows before this share of them only train the reward model of the direct method. */
const WARM_UP = 1 / 5;

/** Every estimator of the command, computed. */
export function estimatorList(rows: TargetedRows, settings: EvaluateSettings): EstimatorEntry[] {
  const { clip, isAdaptive } = settings;
  const { facts, weights, support } = settings.refusals;
  const against = [...facts, ...weights, ...support][0];
  const entry = (
    name: string,
    estimated: Estimated,
    interval: EstimatorEntry["interval"] = "gaussian",
    intervals: (value: number) => NamedInterval[] = () => [],
  ): EstimatorEntry => ({
    ...{ name, estimated, interval: isAdaptive ? "none" : interval, against, isBiased: false },
    intervals: () => ("refused" in estimated || isAdaptive ? [] : intervals(estimated.value)),
  });
  const delta = "delta method" as const;
  const plain = entry("ips", ips(rows), "gaussian", () => ipsIntervals(rows, settings));
  const adaptive = { ...plain, interval: "own" as const, intervals: () => ipsSequence(rows, settings) };
  return [
    isAdaptive ? adaptive : plain,
    biased(entry("ips-clipped", ips(rows, clip), "gaussian", () => clippedIntervals(rows, clip, settings))),
    entry("snips", snips(rows), delta, (value) => snipsIntervals(rows, value, settings)),
    { ...entry("dm", dm(afterWarmUp(rows)), "none"), against: [...facts, ...support][0] },
    entry("dr", dr(rows)),
    biased(entry("dr-clipped", dr(rows, clip))),
    entry("sndr", sndr(rows), delta, (value) => sndrIntervals(rows, value, settings)),
    biased(entry("switch-dr", switchDr(rows, clip))),
    biased(entry("dr-os", drOs(rows, clip * clip))),
    biased(entry("sg-ipw", subGaussianIps(rows, 1 / clip))),
    biased(entry("sg-dr", subGaussianDr(rows, 1 / clip))),
    likelihood("cressie-read", rows, against, cressieRead, () =>
      isAdaptive ? [] : cressieReadOwn(rows, settings),
    ),
    likelihood("empirical-likelihood", rows, against, empiricalLikelihood, () => []),
    entry("replay", settings.replayRefusal ?? replayed(rows), delta),
    ...marginalized(rows, settings).map(({ name, estimated, against, interval }) => ({
      ...entry(name, estimated, interval),
      against,
    })),
  ];
}

/** MIPS and SNMIPS, where the items' groups are known: judged by their own weights, which is what they are for. */
function marginalized(
  { marginalWeights, rewards, rowWeights }: TargetedRows,
  { refusals: { facts }, limits }: EvaluateSettings,
): {
  name: string;
  estimated: Estimated;
  against: Refusal | undefined;
  interval: "gaussian" | "delta method";
}[] {
  if (marginalWeights === undefined) return [];
  const rows = { rewards, weights: marginalWeights, ...(rowWeights === undefined ? {} : { rowWeights }) };
  const diagnostics = weightDiagnostics(rows);
  const own = [...meanWeightRefusal(diagnostics, limits), ...supportRefusals(diagnostics, limits)];
  const against = [...facts, ...own][0];
  return [
    { name: "mips", estimated: ips(rows), against, interval: "gaussian" },
    { name: "snmips", estimated: snips(rows), against, interval: "delta method" },
  ];
}

function biased(entry: EstimatorEntry): EstimatorEntry {
  return { ...entry, isBiased: true };
}

function afterWarmUp(rows: TargetedRows): TargetedRows {
  const from = Math.floor(rows.expectedRewards.length * WARM_UP);
  const { rowWeights } = rows;
  return {
    ...rows,
    expectedRewards: rows.expectedRewards.subarray(from),
    ...(rowWeights === undefined ? {} : { rowWeights: rowWeights.subarray(from) }),
  };
}

function likelihood(
  name: string,
  rows: WeightedRows,
  against: Refusal | undefined,
  estimator: (rows: WeightedRows) => Figure,
  intervals: () => NamedInterval[],
): EstimatorEntry {
  const estimated =
    rows.rowWeights === undefined
      ? estimator(rows)
      : refusal("not-measured", `${name} takes every row once`, "leave out log.weight, or read ips and dr");
  return { name, estimated, against, isBiased: false, interval: "own", intervals };
}

function cressieReadOwn(
  rows: WeightedRows,
  { rewards, confidence }: Pick<EvaluateSettings, "rewards" | "confidence">,
): NamedInterval[] {
  if (rewards === undefined) return [];
  const bounds = cressieReadInterval(rows, 1 - confidence, rewards);
  const holds = "as rows grow; keeps inside the reward's range";
  return "refused" in bounds ? [] : [{ method: "cressie-read", ...bounds, confidence, holds }];
}

function replayed({ rewards, targets, rowWeights }: TargetedRows): Estimated {
  const matches = targets.map((target) => (target > 0 ? 1 : 0));
  return replayMethod(rewards, matches, rowWeights);
}
