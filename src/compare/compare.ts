import type { CompareConfig, PolicyConfig } from "../config/config.js";
import type { Figure, Refusal } from "../core/figure.js";
import type { LearnerSpec } from "../core/model-spec.js";
import type { Progress } from "../core/progress.js";
import { lowerBound } from "../core/search.js";
import { DAY_MICROS, formatTime } from "../core/time.js";
import type { Kernels } from "../core/wasm.js";
import { type LossCurve, lossCurve } from "../measure/convergence/loss-curve.js";
import { type Quality, qualityOf } from "../measure/quality.js";
import { slice } from "../measure/scored.js";
import { slicesOf } from "../measure/slices.js";
import { gatherBatch } from "../model/batch.js";
import { createLearner } from "../model/create-learner.js";
import type { Learner } from "../model/learner.js";
import { emptyState, loadState } from "../model/load.js";
import type { OnlineModel } from "../model/model.js";
import { CatalogueRanks } from "../replay/catalogue-ranks.js";
import type { EventLog } from "../replay/events.js";
import { labelOrder } from "../replay/order.js";
import { scoredRows } from "../replay/scored-rows.js";
import { analyticRowsPerRow } from "./analytic-cost.js";
import { type Beside, besideEachOther } from "./beside.js";
import { NoveltyGroups, type QualityByNovelty } from "./novelty.js";
import { planPolicy, pretrainStep } from "./plan.js";
import { type PolicyRatio, ratiosAgainst } from "./ratios.js";
import { type Course, learnStep, runPlan } from "./runner.js";
import { policyLearner } from "./settings.js";
import { type Checkpoint, testStart } from "./start.js";

export interface CompareOptions {
  compare: CompareConfig;
  /** The converted checkpoint, or the model that is trained on the log's first days. */
  model: OnlineModel;
  checkpoint: Checkpoint;
  /** Absent: the plain terms learn. */
  kernels?: Kernels | undefined;
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
  /** After the start of the test: rowsLearned with epochs counted, rowsRead without. cpuSeconds: learning and predicting. */
  cost: { rowsLearned: number; rowsRead: number; cpuSeconds: number };
  /** Rows learned per row of the log on paper, beside which cost.rowsLearned stands. */
  analyticRowsPerRow: Figure;
  slices: { start: string; rows: number; metrics: Quality }[];
  byNovelty: QualityByNovelty;
}

export interface Comparison extends Beside {
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
  const first = createLearner(base, options.kernels);
  const pretrained =
    options.checkpoint.kind === "pretrained" ? pretrain(first, labels, startMicros) : undefined;
  const pretrainSeconds = options.cpuSeconds() - before;

  const novelty = new NoveltyGroups({ predictions, firstPrediction });
  const span = {
    testDays: (lastPredictionMicros - startMicros) / DAY_MICROS,
    historyDays: (startMicros - (predictions.shownAtMicros[0] ?? startMicros)) / DAY_MICROS,
  };
  const curves: (LossCurve | Refusal)[] = [];
  progress.start((predictions.rows - firstPrediction) * compare.policies.length, "predictions");
  const policies = compare.policies.map((policy): PolicyResult => {
    progress.note(`policy ${policy.name}`);
    const learner = policyLearner(model.spec.learner, model.spec.terms, policy);
    const ownModel = { ...model, spec: { ...model.spec, learner } };
    const { negatives, seed } = learner;
    const { cpuSeconds } = options;
    const catalogue =
      negatives &&
      new CatalogueRanks(predictions, negatives, { seed, cpuSeconds, firstRow: firstPrediction });
    const course: Course = {
      ...{ predictions, labels, firstPrediction, firstLabel, startMicros, link: learner.link },
      learner: (start) => {
        const state = start === "checkpoint" ? base.derive(learner) : emptyState(ownModel, log.newIds);
        const created = createLearner(state, options.kernels);
        return catalogue?.of(created) ?? created;
      },
      cpuSeconds,
      progress,
    };
    const run = runPlan(planPolicy(policy, { startMicros, lastPredictionMicros }), course);
    const scored = scoredRows(predictions, firstPrediction, run.scores, learner.link, catalogue?.ranks);
    const slices = slicesOf(scored.shownAtMicros, compare.slice);
    curves.push(lossCurve(scored, slices, learner.link));
    return {
      name: policy.name,
      kind: policy.kind,
      settings: policy,
      learner: learner === model.spec.learner ? "common" : learner,
      metrics: qualityOf(scored, learner.link),
      cost: {
        rowsLearned: run.rowsLearned,
        rowsRead: run.rowsRead,
        cpuSeconds: run.cpuSeconds - (catalogue?.cpuSeconds ?? 0),
      },
      analyticRowsPerRow: analyticRowsPerRow(policy, span),
      slices: slices.map(({ startMicros, from, to }) => ({
        start: formatTime(startMicros),
        rows: to - from,
        metrics: qualityOf(slice(scored, from, to), learner.link),
      })),
      byNovelty: novelty.qualityOf(scored, learner.link),
    };
  });
  progress.finish();

  const beside = besideEachOther(compare, policies, curves, options.checkpoint.kind);
  const pendingRows = countPending(predictions.knownAtMicros, firstPrediction);
  return {
    start: formatTime(startMicros),
    testRows: predictions.rows - firstPrediction,
    pendingRows,
    kernel: first.kernel,
    checkpoint:
      pretrained === undefined
        ? options.checkpoint
        : { ...options.checkpoint, rowsLearned: pretrained, cpuSeconds: pretrainSeconds },
    learner: model.spec.learner,
    policies,
    ratios: ratiosAgainst(policies, compare.baseline),
    ...beside,
  };
}

function pretrain(learner: Learner, labels: Course["labels"], startMicros: number): number {
  const rowsLearned = learnStep(pretrainStep(startMicros), learner.over(labels), { labels });
  learner.flush();
  return rowsLearned;
}

function countPending(knownAtMicros: Float64Array, from: number): number {
  let pending = 0;
  for (let row = from; row < knownAtMicros.length; row++) if (!Number.isFinite(knownAtMicros[row])) pending++;
  return pending;
}
