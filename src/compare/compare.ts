import type { CompareConfig, PolicyConfig } from "../config/config.js";
import type { Figure, Refusal } from "../core/figure.js";
import type { LearnerSpec } from "../core/model-spec.js";
import type { Progress } from "../core/progress.js";
import { DAY_MICROS, formatTime } from "../core/time.js";
import type { Kernels } from "../core/wasm.js";
import type { LossCurve } from "../measure/convergence/loss-curve.js";
import { type Quality, qualityOf } from "../measure/quality.js";
import { slice } from "../measure/scored.js";
import { createLearner } from "../model/create-learner.js";
import { loadState } from "../model/load.js";
import type { OnlineModel } from "../model/model.js";
import type { EventLog } from "../replay/events.js";
import { analyticRowsPerRow } from "./analytic-cost.js";
import { type Beside, besideEachOther } from "./beside.js";
import { type Ground, ordersOf, pretrain, runPolicy } from "./ground.js";
import { NoveltyGroups, type QualityByNovelty } from "./novelty.js";
import { type PolicyRatio, ratiosAgainst } from "./ratios.js";
import { type Checkpoint, testStart } from "./start.js";
import { whyUntuned } from "./tuned.js";

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
  /** Why these settings are not ones that were chosen on rows before the test; absent where they are. */
  untuned?: string;
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
  const startMicros = testStart(options.checkpoint, compare, predictions.shownAtMicros);
  const orders = ordersOf(predictions, startMicros);
  const { firstPrediction } = orders;
  const lastPredictionMicros = predictions.shownAtMicros[predictions.rows - 1] ?? startMicros;

  const before = options.cpuSeconds();
  const ground: Ground = {
    ...{ ...orders, model, newIds: log.newIds, sliceMicros: compare.slice },
    base: loadState(model, log.newIds),
    ...{ kernels: options.kernels, cpuSeconds: options.cpuSeconds, progress },
  };
  const first = createLearner(ground.base, options.kernels);
  const pretrained = options.checkpoint.kind === "pretrained" ? pretrain(first, ground) : undefined;
  const pretrainSeconds = options.cpuSeconds() - before;

  const novelty = new NoveltyGroups({ predictions, firstPrediction });
  const span = {
    testDays: (lastPredictionMicros - startMicros) / DAY_MICROS,
    historyDays: (startMicros - (predictions.shownAtMicros[0] ?? startMicros)) / DAY_MICROS,
  };
  const judged = { compare, spec: model.spec, checkpoint: options.checkpoint.kind, startMicros };
  const curves: (LossCurve | Refusal)[] = [];
  progress.start((predictions.rows - firstPrediction) * compare.policies.length, "predictions");
  const policies = compare.policies.map((policy): PolicyResult => {
    progress.note(`policy ${policy.name}`);
    const { learner, run, scored, slices, curve } = runPolicy(policy, ground);
    curves.push(curve);
    const untuned = whyUntuned(policy, judged);
    return {
      name: policy.name,
      kind: policy.kind,
      settings: policy,
      learner: learner === model.spec.learner ? "common" : learner,
      ...(untuned === undefined ? {} : { untuned }),
      metrics: qualityOf(scored, learner.link),
      cost: { rowsLearned: run.rowsLearned, rowsRead: run.rowsRead, cpuSeconds: run.cpuSeconds },
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

function countPending(knownAtMicros: Float64Array, from: number): number {
  let pending = 0;
  for (let row = from; row < knownAtMicros.length; row++) if (!Number.isFinite(knownAtMicros[row])) pending++;
  return pending;
}
