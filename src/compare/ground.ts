import type { PolicyConfig } from "../config/config.js";
import type { Refusal } from "../core/figure.js";
import type { LearnerSpec } from "../core/model-spec.js";
import { lowerBound } from "../core/search.js";
import type { Kernels } from "../core/wasm.js";
import { type LossCurve, lossCurve } from "../measure/convergence/loss-curve.js";
import { type Slice, slicesOf } from "../measure/slices.js";
import { type EventBatch, gatherBatch } from "../model/batch.js";
import { createLearner } from "../model/create-learner.js";
import type { Learner } from "../model/learner.js";
import { emptyState } from "../model/load.js";
import type { OnlineModel } from "../model/model.js";
import type { ModelState } from "../model/state.js";
import { CatalogueRanks } from "../replay/catalogue-ranks.js";
import { labelOrder } from "../replay/order.js";
import { type ScoredRows, scoredRows } from "../replay/scored-rows.js";
import { planPolicy, pretrainStep } from "./plan.js";
import { type Course, learnStep, type PlanRun, runPlan } from "./runner.js";
import { policyLearner } from "./settings.js";

/** What policies are run on, all on the same: the log in both of its orders, and what they begin from. */
export interface Ground extends Omit<Course, "learner" | "link"> {
  model: OnlineModel;
  /** In the state that the policies begin from; no policy changes it. */
  base: ModelState;
  newIds: ReadonlyMap<string, readonly string[]>;
  sliceMicros: number;
  kernels?: Kernels | undefined;
}

/** Both orders of the events, and where the test begins in each. */
export function ordersOf(
  predictions: EventBatch,
  startMicros: number,
): Pick<Ground, "predictions" | "labels" | "firstPrediction" | "firstLabel" | "startMicros"> {
  const labels = gatherBatch(predictions, labelOrder(predictions));
  return {
    predictions,
    labels,
    firstPrediction: lowerBound(predictions.shownAtMicros, startMicros),
    firstLabel: lowerBound(labels.knownAtMicros, startMicros),
    startMicros,
  };
}

/** Learns the log's first days, each row that was known before the start once. Returns the rows. */
export function pretrain(
  learner: Learner,
  { labels, startMicros }: Pick<Ground, "labels" | "startMicros">,
): number {
  const rowsLearned = learnStep(pretrainStep(startMicros), learner.over(labels), { labels });
  learner.flush();
  return rowsLearned;
}

export interface PolicyRun {
  learner: LearnerSpec;
  run: PlanRun;
  scored: ScoredRows;
  slices: readonly Slice[];
  curve: LossCurve | Refusal;
}

/** One policy with its settings: planned, run, and scored slice by slice. */
export function runPolicy(policy: PolicyConfig, ground: Ground): PolicyRun {
  const { model, base, newIds, predictions, firstPrediction, startMicros } = ground;
  const learner = policyLearner(model.spec.learner, model.spec.terms, policy);
  const ownModel = { ...model, spec: { ...model.spec, learner } };
  const catalogue = ranksOf(learner, ground);
  const ranks = catalogue?.add(predictions, firstPrediction);
  const course: Course = {
    ...ground,
    link: learner.link,
    learner: (start) => {
      const state = start === "checkpoint" ? base.derive(learner) : emptyState(ownModel, newIds);
      const created = createLearner(state, ground.kernels);
      if (ranks === undefined) return created;
      // What is predicted is ranked too; what is learned comes in another order, or in parts.
      return {
        ...{ kernel: created.kernel, state, flush: () => created.flush(), renew: () => created.renew() },
        over: (batch) => (batch === predictions ? ranks.over(created) : created.over(batch)),
      };
    },
  };
  const lastPredictionMicros = predictions.shownAtMicros[predictions.rows - 1] ?? startMicros;
  const ran = runPlan(planPolicy(policy, { startMicros, lastPredictionMicros }), course);
  const run = { ...ran, cpuSeconds: ran.cpuSeconds - (catalogue?.seconds ?? 0) };
  const scored = scoredRows(predictions, firstPrediction, run.scores, learner.link, ranks?.ranks);
  const slices = slicesOf(scored.shownAtMicros, ground.sliceMicros);
  return { learner, run, scored, slices, curve: lossCurve(scored, slices, learner.link) };
}

/** Of a log of positives alone: where what was taken stands among all known items. */
function ranksOf({ negatives, seed }: LearnerSpec, ground: Ground): CatalogueRanks | undefined {
  if (negatives === undefined) return undefined;
  const events = (ground.predictions.rows - ground.firstPrediction) / (1 + negatives.perPositive);
  return new CatalogueRanks(negatives, { seed, events, seconds: ground.cpuSeconds });
}
