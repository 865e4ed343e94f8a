import type { Refusal } from "../../core/figure.js";
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
      const policy = scorePolicy(by);
      const batch = replayLog.events;
      return {
        policy: new CandidateScores({ events, batch, rows, features, candidates, learner, policy }),
        refusals: learnedRefusal(record, options.trainedThrough, events, rows),
      };
    }
  }
}

function scorePolicy(by: ModelPolicy): ScorePolicy {
  if (by.kind === "greedy") return greedy;
  return by.kind === "softmax" ? softmax(by.temperature) : epsilonGreedy(by.epsilon);
}
