import type { CompareConfig, PolicyConfig } from "../config/config.js";
import type { LearnerSpec } from "../core/model-spec.js";
import type { Progress } from "../core/progress.js";
import { lowerBound } from "../core/search.js";
import { formatTime } from "../core/time.js";
import { type Quality, qualityOf } from "../measure/quality.js";
import { slice } from "../measure/scored.js";
import { slicesOf } from "../measure/slices.js";
import { gatherBatch } from "../model/batch.js";
import { plainLearner } from "../model/learner.js";
import { emptyState, loadState } from "../model/load.js";
import type { OnlineModel } from "../model/model.js";
import type { ModelState } from "../model/state.js";
import type { EventLog } from "../replay/events.js";
import { labelOrder } from "../replay/order.js";
import { scoredRows } from "../replay/scored-rows.js";
import { planPolicy, pretrainStep } from "./plan.js";
import { type PolicyRatio, ratiosAgainst } from "./ratios.js";
import { type Course, learnStep, type PlanRun, runPlan } from "./runner.js";
import { policyLearner } from "./settings.js";
import { type Checkpoint, testStart } from "./start.js";

export interface CompareOptions {
  compare: CompareConfig;
  /** The converted checkpoint, or the model that is trained on the log's first days. */
  model: OnlineModel;
  checkpoint: Checkpoint;
  cpuSeconds(): number;
  progress: Progress;
}

export interface PolicyResult {
  name: string;
  kind: PolicyConfig["kind"];
  /** The policy as unbatch.yaml has it, durations in microseconds. */
  settings: PolicyConfig;
  learner: "common" | LearnerSpec;
  metrics: Quality;
  /** rowsLearned counts after the start of the test, epochs counted. cpuSeconds: learning and predicting. */
  cost: { rowsLearned: number; cpuSeconds: number };
  slices: { start: string; rows: number; metrics: Quality }[];
}

export interface Comparison {
  start: string;
  testRows: number;
  /** Predicted, but the label was never known: in no metric. */
  pendingRows: number;
  kernel: string;
  checkpoint: Checkpoint & { rowsLearned?: number; cpuSeconds?: number };
  learner: LearnerSpec;
  policies: PolicyResult[];
  ratios: { baseline: string; policies: PolicyRatio[] };
}

/** Runs every policy over the log, one after another, on the same test rows. */
export function comparePolicies(log: EventLog, options: CompareOptions): Comparison {
  const { compare, model, progress } = options;
  const predictions = log.events;
  const labels = gatherBatch(predictions, labelOrder(predictions));
  const startMicros = testStart(options.checkpoint, compare, predictions.shownAtMicros);
  const firstPrediction = lowerBound(predictions.shownAtMicros, startMicros);
  const firstLabel = lowerBound(labels.knownAtMicros, startMicros);
  const lastPredictionMicros = predictions.shownAtMicros[predictions.rows - 1] ?? startMicros;

  const before = options.cpuSeconds();
  const base = loadState(model, log.newIds);
  const pretrained =
    options.checkpoint.kind === "pretrained" ? pretrain(base, labels, startMicros) : undefined;
  const pretrainSeconds = options.cpuSeconds() - before;

  progress.start((predictions.rows - firstPrediction) * compare.policies.length, "predictions");
  const policies = compare.policies.map((policy): PolicyResult => {
    progress.note(`policy ${policy.name}`);
    const learner = policyLearner(model.spec.learner, model.spec.terms, policy);
    const ownModel = { ...model, spec: { ...model.spec, learner } };
    const course: Course = {
      ...{ predictions, labels, firstPrediction, firstLabel, startMicros },
      learner: (start) =>
        plainLearner(start === "checkpoint" ? base.derive(learner) : emptyState(ownModel, log.newIds)),
      cpuSeconds: options.cpuSeconds,
      progress,
    };
    const run = runPlan(planPolicy(policy, { startMicros, lastPredictionMicros }), course);
    return policyResult(policy, run, course, compare.slice, learner, model.spec.learner);
  });
  progress.finish();

  const pendingRows = countPending(predictions.knownAtMicros, firstPrediction);
  return {
    start: formatTime(startMicros),
    testRows: predictions.rows - firstPrediction,
    pendingRows,
    kernel: "plain",
    checkpoint:
      pretrained === undefined
        ? options.checkpoint
        : { ...options.checkpoint, rowsLearned: pretrained, cpuSeconds: pretrainSeconds },
    learner: model.spec.learner,
    policies,
    ratios: ratiosAgainst(policies),
  };
}

function pretrain(state: ModelState, labels: Course["labels"], startMicros: number): number {
  const learner = plainLearner(state);
  const rowsLearned = learnStep(pretrainStep(startMicros), learner.over(labels), { labels });
  learner.flush();
  return rowsLearned;
}

function policyResult(
  policy: PolicyConfig,
  run: PlanRun,
  course: Course,
  sliceMicros: number,
  own: LearnerSpec,
  common: LearnerSpec,
): PolicyResult {
  const scored = scoredRows(course.predictions, course.firstPrediction, run.scores, own.link);
  return {
    name: policy.name,
    kind: policy.kind,
    settings: policy,
    learner: own === common ? "common" : own,
    metrics: qualityOf(scored, own.link),
    cost: { rowsLearned: run.rowsLearned, cpuSeconds: run.cpuSeconds },
    slices: slicesOf(scored.shownAtMicros, sliceMicros).map(({ startMicros, from, to }) => ({
      start: formatTime(startMicros),
      rows: to - from,
      metrics: qualityOf(slice(scored, from, to), own.link),
    })),
  };
}

function countPending(knownAtMicros: Float64Array, from: number): number {
  let pending = 0;
  for (let row = from; row < knownAtMicros.length; row++) if (!Number.isFinite(knownAtMicros[row])) pending++;
  return pending;
}
