import type { CompareConfig, LogConfig, PolicyConfig } from "../../config/config.js";
import { UnbatchError } from "../../core/errors.js";
import type { LearnerSpec } from "../../core/model-spec.js";
import type { Progress } from "../../core/progress.js";
import type { Kernels } from "../../core/wasm.js";
import { createLearner } from "../../model/create-learner.js";
import { emptyState, loadState } from "../../model/load.js";
import type { OnlineModel } from "../../model/model.js";
import type { EventLog } from "../../replay/events.js";
import { type Ground, ordersOf, pretrain, runPolicy } from "../ground.js";
import { policyLearner } from "../settings.js";
import type { Checkpoint } from "../start.js";
import { fingerprint } from "./fingerprint.js";
import { type RowsBefore, rowsBefore } from "./rows-before.js";
import { type Edge, edgesOf, search } from "./search.js";
import { learnerWith, policyWith, type Settings, startOf } from "./settings.js";
import { type Candidate, type Choice, choiceOf, isWithinNoise, tryOut } from "./try-out.js";

export interface TuneOptions {
  compare: CompareConfig;
  /** Those of compare's that are tuned; each learns. */
  policies: readonly PolicyConfig[];
  model: OnlineModel;
  checkpoint: Checkpoint;
  known: LogConfig["known"];
  scoredMicros?: number | undefined;
  /** Settings that are tried for each policy, the one it has among them. */
  budget: number;
  kernels?: Kernels | undefined;
  cpuSeconds(): number;
  progress: Progress;
}

/** The best settings found for one policy, or for what trains the checkpoint. */
export interface Tuned extends Choice {
  name: string;
  /** Of the lowest loss, where that is beyond noise, or where noise is not known; else what unbatch.yaml had. */
  chosen: Candidate;
  best: Candidate;
  tried: Candidate[];
  edges: Edge[];
  learner: LearnerSpec;
  fingerprint: string;
}

export interface Tuning {
  rows: RowsBefore;
  rowsScored: number;
  kernel: string;
  budget: number;
  /** What trains the checkpoint on the log's first days; absent where it was converted. */
  checkpoint?: Tuned;
  policies: (Tuned & { policy: PolicyConfig })[];
}

/**
 * Chooses each policy's settings by the progressive loss of compare's own runner on rows before compare's test: an
 * equal number of settings for each (see search). Where the checkpoint is trained on the log, the learner that trains
 * it is chosen first, by the loss of going on online with it; the policies then begin from it.
 * Errors: too few rows before the test, or settings of a policy that all diverge.
 */
export function tunePolicies(log: EventLog, options: TuneOptions): Tuning {
  const { compare, checkpoint, budget, progress } = options;
  const rows = rowsBefore(log.events, options);
  const orders = ordersOf(rows.events, rows.startMicros);
  const rowsToScore = rows.events.rows - orders.firstPrediction;
  const groundOf = (model: OnlineModel): Ground => {
    const base =
      rows.beginsFrom === "checkpoint" ? loadState(model, log.newIds) : emptyState(model, log.newIds);
    const tools = { kernels: options.kernels, cpuSeconds: options.cpuSeconds, progress };
    return { ...orders, model, base, newIds: log.newIds, sliceMicros: compare.slice, ...tools };
  };
  const searches = options.policies.length + (checkpoint.kind === "pretrained" ? 1 : 0);
  progress.start(rowsToScore * budget * searches, "predictions");
  const tuned =
    checkpoint.kind === "pretrained" ? tuneCheckpoint(options.model, groundOf, options) : undefined;
  const model = tuned === undefined ? options.model : withLearner(options.model, tuned.learner);
  const ground = groundOf(model);
  const first = createLearner(ground.base, options.kernels);
  if (rows.beginsFrom === "these rows") pretrain(first, ground);
  const policies = options.policies.map((policy) => tunePolicy(policy, ground, options));
  progress.finish();
  return {
    rows,
    rowsScored: rowsToScore,
    kernel: first.kernel,
    budget,
    ...(tuned === undefined ? {} : { checkpoint: tuned }),
    policies,
  };
}

function tuneCheckpoint(
  model: OnlineModel,
  groundOf: (model: OnlineModel) => Ground,
  options: TuneOptions,
): Tuned {
  const online: PolicyConfig = { name: "checkpoint", kind: "online", from: "checkpoint" };
  const { terms, learner } = model.spec;
  return tunedBy("the checkpoint", startOf(online, learner), options, {
    learnerOf: (settings) => learnerWith(learner, settings),
    run(settings) {
      const ground = groundOf(withLearner(model, learnerWith(learner, settings)));
      const rowsLearned = pretrain(createLearner(ground.base, ground.kernels), ground);
      const { run, curve } = runPolicy(online, ground);
      return { curve, rowsLearned: rowsLearned + run.rowsLearned };
    },
    fingerprintOf: (settings) =>
      fingerprint({
        learner: learnerWith(learner, settings),
        terms,
        checkpointLearner: learnerWith(learner, settings),
      }),
  });
}

function tunePolicy(policy: PolicyConfig, ground: Ground, options: TuneOptions): Tuning["policies"][number] {
  const { learner: common, terms } = ground.model.spec;
  const learner = policyLearner(common, terms, policy);
  const policyOf = (settings: Settings): PolicyConfig =>
    policyWith(policy, learnerWith(learner, settings), settings);
  const tuned = tunedBy(policy.name, startOf(policy, learner), options, {
    learnerOf: (settings) => learnerWith(learner, settings),
    run(settings) {
      const { run, curve } = runPolicy(policyOf(settings), ground);
      return { curve, rowsLearned: run.rowsLearned };
    },
    fingerprintOf: (settings) =>
      fingerprint({
        ...{ policy: policyOf(settings), learner: learnerWith(learner, settings), terms },
        ...(options.checkpoint.kind === "pretrained" ? { checkpointLearner: common } : {}),
      }),
  });
  return { ...tuned, policy: policyOf(tuned.chosen.settings) };
}

interface Search {
  learnerOf(settings: Settings): LearnerSpec;
  run: Parameters<typeof tryOut>[1];
  fingerprintOf(settings: Settings): string;
}

function tunedBy(name: string, start: Settings, { budget, progress }: TuneOptions, how: Search): Tuned {
  progress.note(`tuning ${name}`);
  const { best, tried } = search(start, budget, (settings) => tryOut(settings, how.run));
  if ("diverged" in best.outcome) throw allDiverged(name, tried.length, best.outcome.diverged);
  const choice = choiceOf(best, tried);
  const chosen = isWithinNoise(choice.gain) ? (tried[0] ?? best) : best;
  return {
    ...{ name, chosen, best, tried, edges: edgesOf(best.settings, tried) },
    ...choice,
    learner: how.learnerOf(chosen.settings),
    fingerprint: how.fingerprintOf(chosen.settings),
  };
}

function withLearner(model: OnlineModel, learner: LearnerSpec): OnlineModel {
  return { ...model, spec: { ...model.spec, learner } };
}

function allDiverged(name: string, tried: number, diverged: string): UnbatchError {
  return new UnbatchError(
    {
      where: `policy ${name}`,
      found: `each of ${tried} settings diverged, the one in unbatch.yaml with ${diverged}`,
      expected: "finite weights",
      next: "begin from a much lower rate, or bound gradients with clipNorm",
    },
    3,
  );
}
