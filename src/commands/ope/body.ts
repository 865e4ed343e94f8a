import { type Figure, type Refusal, refusal } from "../../core/figure.js";
import { formatTime } from "../../core/time.js";
import { clusteredStandardError } from "../../measure/ope/clustered.js";
import { meanOf } from "../../measure/ope/estimation.js";
import { type EvaluatedEstimator, evaluate } from "../../measure/ope/evaluate.js";
import type { LoggedEvents } from "../../measure/ope/events.js";
import type { RewardRange } from "../../measure/ope/intervals/clopper-pearson.js";
import { gaussian } from "../../measure/ope/intervals/gaussian.js";
import { judge } from "../../measure/ope/judgement.js";
import { defaultLimits, type Limits } from "../../measure/ope/limits.js";
import { slateRefusal } from "../../measure/ope/log-refusals.js";
import type { WeightDiagnostics } from "../../measure/ope/weight-diagnostics.js";
import type { OpeReport } from "../../report/ope-text.js";
import { notesOf, rewardModelText } from "./notes.js";
import type { OpeOptions, PolicyChoice } from "./options.js";
import type { CandidateSource, Prepared } from "./prepare.js";
import type { LearnedRows } from "./target-of.js";

/** The body of the JSON document unbatch.ope, version 1. */
export interface OpeBody {
  policy: PolicyChoice;
  candidates: CandidateSource;
  positionModel: "each position on its own";
  rows: {
    read: number;
    rejected: number;
    rejectedBy: Partial<Record<string, number>>;
    outside: number;
    pending: number;
    withoutCandidates: number;
    evaluated: number;
  };
  shown: { from: string; to: string };
  /** Of a policy that keeps learning. */
  lessons?: LearnedRows;
  diagnostics: WeightDiagnostics | null;
  /** Mean probability that the policy puts on items that the log never shows. */
  unseenMass: number;
  /** The mean reward of the policy that wrote the log. */
  logged: Figure;
  /** Everything that stands against the estimates, most telling first. */
  refusals: Refusal[];
  estimators: EvaluatedEstimator[];
  standardErrors: "by row" | "by user" | "by group";
  rewardModel: string;
  settings: { clip: number; confidence: number; limits: Limits; rewardRange: RewardRange | null };
  notes: string[];
}

export function bodyOf(prepared: Prepared, options: OpeOptions): OpeBody {
  const { log, targeted, evaluated } = prepared;
  const { events, replayLog } = log;
  const { clip, confidence } = options;
  const limits = { ...defaultLimits, effectiveSampleSize: options.minEss };
  const slate = options.positionModel === "slate" ? [slateRefusal()] : [];
  const judgement = judge(events, targeted, [...slate, ...prepared.refusals], limits);
  const { facts, weights, support } = judgement.refusals;
  const clusters = clustersOf(events, targeted.events);
  const rewards = options.rewardRange ?? binaryRange(targeted.rewards);
  const settings = {
    ...{ clip, confidence, rewards, clusters, leastPropensity: options.leastPropensity },
    isAdaptive: prepared.lessons !== undefined,
    ...{ limits, refusals: judgement.refusals },
    replayRefusal: replayRefusal(events, prepared),
  };
  const shownAt = (at: number): string => {
    const micros = events.shownAtMicros[targeted.events.at(at) ?? -1];
    return micros === undefined ? "none" : formatTime(micros);
  };
  return {
    policy: prepared.policy,
    candidates: prepared.candidates,
    positionModel: "each position on its own",
    rows: {
      read: replayLog.rowsRead,
      rejected: replayLog.rejected.total,
      rejectedBy: replayLog.rejected.byReason(),
      outside: evaluated.outside,
      pending: evaluated.pending,
      withoutCandidates: targeted.withoutCandidates,
      evaluated: targeted.events.length,
    },
    shown: { from: shownAt(0), to: shownAt(-1) },
    ...(prepared.lessons === undefined ? {} : { lessons: prepared.lessons }),
    diagnostics: judgement.diagnostics ?? null,
    unseenMass: targeted.unseenMass,
    logged: loggedMean(targeted, clusters, confidence),
    refusals: [...facts, ...weights, ...support],
    estimators: evaluate(targeted, settings),
    standardErrors: events.user ? "by user" : events.group ? "by group" : "by row",
    rewardModel: rewardModelText(events),
    settings: { clip, confidence, limits, rewardRange: rewards ?? null },
    notes: notesOf(prepared, judgement.diagnostics, rewards),
  };
}

export function reportOf(body: OpeBody): OpeReport {
  const { policy, candidates } = body;
  return {
    ...body,
    diagnostics: body.diagnostics ?? undefined,
    policy:
      policy.kind === "table"
        ? `the table ${policy.file}`
        : policy.kind === "uniform"
          ? "the uniform policy"
          : `the model ${policy.model}, ${policy.by.kind}`,
    candidates: [
      candidates.kind,
      "file" in candidates ? candidates.file : "",
      "column" in candidates ? candidates.column : "",
    ]
      .filter((part) => part !== "")
      .join(" "),
  };
}

/** A user's rows are not independent of each other, nor are a slate's. */
function clustersOf({ user, group }: LoggedEvents, rows: Int32Array): Int32Array | undefined {
  const column = user ?? group;
  return column && Int32Array.from(rows, (row) => column.codes[row] ?? -1);
}

function binaryRange(rewards: Float64Array): RewardRange | undefined {
  return rewards.every((reward) => reward === 0 || reward === 1) ? { least: 0, most: 1 } : undefined;
}

function loggedMean(
  { rewards, rowWeights }: { rewards: Float64Array; rowWeights?: Float64Array },
  clusters: Int32Array | undefined,
  confidence: number,
): Figure {
  const mean = meanOf("mean logged reward", rewards, rowWeights);
  if ("refused" in mean) return mean;
  const { value, rows, estimator } = mean;
  const bounds = gaussian(value, clusteredStandardError(mean, clusters), 1 - confidence);
  return { value, rows, estimator, interval: { ...bounds, confidence } };
}

/** The replay method reads a log whose actions were drawn uniformly, and a target that takes one action. */
function replayRefusal({ propensities }: LoggedEvents, { targeted }: Prepared): Refusal | undefined {
  const first = propensities?.[targeted.events[0] ?? -1];
  const isUniform = targeted.events.every((row) => propensities?.[row] === first);
  if (isUniform && first !== undefined && targeted.isDeterministic) return undefined;
  return refusal(
    "not-measured",
    isUniform
      ? "the target does not take one action for certain"
      : "the log's actions were not drawn uniformly",
    "read ips and snips: they are made for it",
  );
}
