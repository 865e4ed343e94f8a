import type { Refusal } from "../../core/figure.js";
import type { LoggedEvents } from "../../measure/ope/events.js";
import { epsilonGreedy, greedy, type ScorePolicy, softmax } from "../../measure/ope/policies.js";
import { tableRefusal, tableTarget } from "../../measure/ope/table-target.js";
import { type Candidates, type TargetPolicy, uniformTarget } from "../../measure/ope/target.js";
import { plainLearner } from "../../model/learner.js";
import { loadState } from "../../model/load.js";
import type { OnlineModel } from "../../model/model.js";
import type { ModelRecord } from "../../model/record.js";
import { CandidateScores } from "./candidate-scores.js";
import type { OpeColumns } from "./columns.js";
import { itemFeatures } from "./item-features.js";
import { LearningPolicy, type Lessons } from "./learning-policy.js";
import type { ModelPolicy, OpeOptions } from "./options.js";
import { keyOfRows, type PolicyTable } from "./policy-table.js";
import type { OpeLog } from "./read-log.js";
import { learnedRefusal } from "./trained.js";

/** A policy as its files give it, before the log is known. */
export type OpenedPolicy =
  | { kind: "table"; file: string; table: PolicyTable }
  | { kind: "uniform" }
  | { kind: "model"; path: string; model: OnlineModel; record: ModelRecord; by: ModelPolicy };

/** A policy that is ready to be asked, and what stands against it. */
export interface Target {
  policy: TargetPolicy;
  refusals: Refusal[];
  /** What a policy that keeps learning has learned by the last row asked for. */
  lessons?: () => LearnedRows;
}

export interface LearnedRows {
  taughtBy: Lessons["kind"];
  learned: number;
  /** Of a closed loop: rows that the policy would have drawn itself, and their share. */
  accepted?: number;
  acceptanceRate?: number;
}

export function targetOf(
  opened: OpenedPolicy,
  { events, replayLog, eventIds }: OpeLog,
  rows: Int32Array,
  candidates: Candidates,
  { columns, options }: { columns: OpeColumns; options: OpeOptions },
): Target {
  switch (opened.kind) {
    case "uniform":
      return { policy: uniformTarget(candidates), refusals: [] };
    case "table": {
      const { table, file } = opened;
      const keys = keyOfRows(file, table, events, eventIds, rows);
      return { policy: tableTarget(table, (row) => keys[row] ?? -1), refusals: tableRefusal(table) };
    }
    case "model": {
      const { model, record, by } = opened;
      const attributes = (options.itemColumns ?? "").split(",").filter((name) => name !== "");
      const features = itemFeatures(model, replayLog, events, { item: columns.item, attributes });
      const learner = plainLearner(loadState(model, replayLog.newIds));
      const copy = () => plainLearner(loadState(model, replayLog.newIds));
      const serving = options.publishEvery === undefined ? learner : copy();
      const batch = replayLog.events;
      const policy = new CandidateScores({
        ...{ events, batch, rows, features, candidates, learner: serving, policy: scorePolicy(by) },
      });
      const refusals = learnedRefusal(record, options.trainedThrough, events, rows);
      const taught = lessonsOf(options, events, rows);
      if (taught === undefined) return { policy, refusals };
      const learning = new LearningPolicy(policy, { learner, serving }, batch, taught, options.publishEvery);
      return { policy: learning, refusals, lessons: () => learnedRows(learning, taught, rows.length) };
    }
  }
}

function lessonsOf(
  options: OpeOptions,
  { propensities, item, rows: all }: LoggedEvents,
  rows: Int32Array,
): Lessons | undefined {
  if (options.keepsLearning === true) return { kind: "this log" };
  if (options.closedLoop !== true) return undefined;
  const logged = propensities ?? new Float64Array(all).fill(Number.NaN);
  // No weight is above 1 / (the least propensity): with that scale no acceptance is cut off.
  const scale = rows.reduce((least, row) => Math.min(least, logged[row] ?? 1), 1);
  return { kind: "closed loop", scale, propensities: logged, items: item.codes };
}

function learnedRows(learning: LearningPolicy, { kind }: Lessons, rows: number): LearnedRows {
  const { learned, accepted } = learning;
  if (kind === "this log") return { taughtBy: kind, learned };
  return { taughtBy: kind, learned, accepted, acceptanceRate: rows === 0 ? 0 : accepted / rows };
}

function scorePolicy(by: ModelPolicy): ScorePolicy {
  if (by.kind === "greedy") return greedy;
  return by.kind === "softmax" ? softmax(by.temperature) : epsilonGreedy(by.epsilon);
}
