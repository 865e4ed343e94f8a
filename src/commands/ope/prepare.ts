import type { LogConfig } from "../../config/config.js";
import { UnbatchError } from "../../core/errors.js";
import type { Refusal } from "../../core/figure.js";
import type { Progress } from "../../core/progress.js";
import { openLog } from "../../io/log-source.js";
import { againstTarget, type TargetedRows } from "../../measure/ope/against-target.js";
import { Ids } from "../../measure/ope/events.js";
import { candidateRefusal } from "../../measure/ope/log-refusals.js";
import { RunningMeans } from "../../measure/ope/reward-model.js";
import { type Candidates, fixedCandidates, seenBefore } from "../../measure/ope/target.js";
import { DEFAULT_MAX_ROWS } from "../../replay/read-plan.js";
import { findConfig, openToHold } from "../open-inputs.js";
import { candidatesOfColumn, candidatesOfFile } from "./candidates.js";
import { columnsOf, type OpeColumns } from "./columns.js";
import { loggingOf, readGroups } from "./item-groups.js";
import { type OpeOptions, type PolicyChoice, policyChoice } from "./options.js";
import { readPolicyTable } from "./policy-table.js";
import { noModel, type OpeLog, readOpeLog } from "./read-log.js";
import { type EvaluatedRows, evaluatedRows } from "./rows.js";
import { type LearnedRows, type OpenedPolicy, targetOf } from "./target-of.js";

/** How the candidates were found. */
export type CandidateSource =
  | { kind: "file"; file: string; items: number }
  | { kind: "column"; column: string }
  | { kind: "seen before the event" }
  | { kind: "the table's items"; items: number };

/** The log beside the target: everything that the estimators need. */
export interface Prepared {
  policy: PolicyChoice;
  candidates: CandidateSource;
  columns: OpeColumns;
  log: OpeLog;
  evaluated: EvaluatedRows;
  targeted: TargetedRows;
  /** What a policy that keeps learning has learned by the end. */
  lessons: LearnedRows | undefined;
  /** What stands against any estimate, from the policy and its candidates. */
  refusals: Refusal[];
}

/** Reads log and policy, and goes once through the log with both. */
export async function prepare(logs: string[], options: OpeOptions, progress: Progress): Promise<Prepared> {
  const policy = policyChoice(options);
  if (options.candidates !== undefined && options.candidatesColumn !== undefined) {
    throw new UnbatchError({
      found: "both --candidates and --candidates-column",
      expected: "one of them",
      next: "leave one out",
    });
  }
  const config = await findConfig(options);
  // What is published is a copy.
  const copies = options.publishEvery === undefined ? 1 : 2;
  const opened = policy.kind === "model" ? await openToHold(policy.model, copies) : undefined;
  const remembered = opened?.record.log as LogConfig | undefined;
  const { log, columns } = columnsOf(options, config ?? (remembered && { log: remembered }));
  const items = new Ids();
  const given = await openPolicy(policy, columns, items, opened);
  const fromFile =
    options.candidates === undefined ? undefined : await candidatesOfFile(options.candidates, items);
  const groups = await readGroups(options, columns, items);
  const opeLog = await readOpeLog(await openLog(logs), {
    ...{ log, columns, items, progress },
    spec: opened?.model.spec ?? noModel,
    vocabularies: opened?.model.vocabularies ?? new Map(),
    withEventIds: (given.kind === "table" && given.table.by.event) || groups?.logging.by.event === true,
    maxRows: options.maxRows ?? DEFAULT_MAX_ROWS,
  });

  const { events } = opeLog;
  const explicit = explicitCandidates(fromFile, opeLog, items);
  const seen = (): Candidates => seenBefore(events.shownAtMicros, events.item.codes, items.ids.length);
  const evaluated = evaluatedRows(events, options);
  const candidates = explicit ?? seen();
  const target = targetOf(given, opeLog, evaluated.rows, candidates, { columns, options });
  progress.start(evaluated.rows.length, "rows weighed");
  const targeted = againstTarget({
    ...{ events, rows: evaluated.rows, target: target.policy, candidates: explicit },
    groups: groups && { ofItem: groups.ofItem(), logging: loggingOf(groups, opeLog, evaluated.rows) },
    rewardModel: new RunningMeans(events, items.ids.length),
    advance: (rows) => progress.advance(rows),
  });
  progress.finish();
  return {
    ...{ policy, columns, log: opeLog, evaluated, targeted },
    candidates: candidateSource(options, given, fromFile),
    lessons: target.lessons?.(),
    refusals: [
      ...target.refusals,
      ...candidateRefusal(events, targeted.notCandidates, targeted.events.length),
    ],
  };
}

async function openPolicy(
  policy: PolicyChoice,
  columns: OpeColumns,
  items: Ids,
  opened: Awaited<ReturnType<typeof openToHold>> | undefined,
): Promise<OpenedPolicy> {
  if (policy.kind === "table") {
    return { kind: "table", file: policy.file, table: await readPolicyTable(policy.file, columns, items) };
  }
  if (policy.kind === "uniform" || opened === undefined) return { kind: "uniform" };
  return { kind: "model", path: policy.model, by: policy.by, ...opened };
}

function explicitCandidates(
  fromFile: Int32Array | undefined,
  { candidates, events }: OpeLog,
  items: Ids,
): Candidates | undefined {
  if (fromFile !== undefined) return fixedCandidates(fromFile);
  return candidates && candidatesOfColumn(candidates, items, events.where);
}

function candidateSource(
  { candidates, candidatesColumn }: OpeOptions,
  given: OpenedPolicy,
  fromFile: Int32Array | undefined,
): CandidateSource {
  if (candidates !== undefined) return { kind: "file", file: candidates, items: fromFile?.length ?? 0 };
  if (candidatesColumn !== undefined) return { kind: "column", column: candidatesColumn };
  if (given.kind !== "table") return { kind: "seen before the event" };
  return { kind: "the table's items", items: new Set(given.table.items).size };
}
