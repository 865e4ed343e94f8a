import type {
  Config,
  LearnerConfig,
  PolicyConfig,
  PolicyLearnerConfig,
  TunedSettings,
} from "../../config/config.js";
import { briefOptimizer } from "../../config/schema-optimizers.js";
import type { LearnerSpec, OptimizerSpec } from "../../core/model-spec.js";
import { formatTime } from "../../core/time.js";
import { optimizersWith, optimizerWith, type Settings } from "./settings.js";
import type { Tuned, Tuning } from "./tune.js";

/**
 * unbatch.yaml's data with the settings that were chosen, and where they are from; times as text. What is not changed
 * is as `config` has it.
 */
export function configWith(
  config: Config,
  { rows, rowsScored, budget, checkpoint, policies }: Tuning,
): object {
  const { compare } = config;
  if (compare === undefined) return config;
  const common =
    checkpoint === undefined ? config.learner : commonLearner(config.learner, checkpoint.chosen.settings);
  const byName = new Map(policies.map((one) => [one.name, one]));
  return {
    ...config,
    learner: common,
    compare: {
      ...compare,
      policies: compare.policies.map((policy) => {
        const tuned = byName.get(policy.name);
        return tuned === undefined ? policy : policyAsWritten(policy, tuned);
      }),
      tuned: {
        from: formatTime(rows.startMicros),
        to: formatTime(rows.cutOffMicros),
        rows: rowsScored,
        candidates: budget,
        ...(checkpoint === undefined ? {} : { checkpoint: settingsOf(checkpoint) }),
        policies: Object.fromEntries(policies.map((one) => [one.name, settingsOf(one)])),
      },
    },
  };
}

function commonLearner(learner: LearnerConfig, settings: Settings): LearnerConfig {
  const { optimizer, terms, batchSize } = learner;
  return {
    ...learner,
    ...(optimizer === undefined ? {} : { optimizer: optimizerWith(optimizer, settings) }),
    terms: optimizersWith(terms, settings),
    batchSize: settings.batchSize ?? batchSize,
  };
}

/** A policy for which nothing better was found than the common learner goes on sharing it. */
function policyAsWritten(policy: PolicyConfig, { chosen, tried, learner }: Tuned): object {
  const { epochs, ...own } = chosen.settings;
  const { epochs: _, ...before } = tried[0]?.settings ?? {};
  return {
    ...policy,
    ...(epochs === undefined ? {} : { epochs }),
    ...(JSON.stringify(own) === JSON.stringify(before)
      ? {}
      : { learner: ownLearner(learner, policy.learner, own.batchSize !== before.batchSize) }),
  };
}

/** One optimizer where all terms have the same, unless the file names terms, whose settings would be laid over it. */
function ownLearner(
  { optimizers, batchSize }: LearnerSpec,
  inFile: PolicyLearnerConfig | undefined,
  hasOwnBatchSize: boolean,
): object {
  const [first, ...others] = new Set(Object.values(optimizers).map((one) => JSON.stringify(one)));
  const isOne = first !== undefined && others.length === 0 && inFile?.terms === undefined;
  const written = (one: OptimizerSpec, isInFile: boolean): object => (isInFile ? one : briefOptimizer(one));
  return {
    ...inFile,
    ...(isOne
      ? { optimizer: written(JSON.parse(first) as OptimizerSpec, inFile?.optimizer !== undefined) }
      : {
          terms: Object.fromEntries(
            Object.entries(optimizers).map(([term, one]) => [
              term,
              written(one, inFile?.terms?.[term] !== undefined),
            ]),
          ),
        }),
    ...(hasOwnBatchSize ? { batchSize } : {}),
  };
}

function settingsOf({ fingerprint, chosen, tried }: Tuned): TunedSettings {
  return {
    settings: fingerprint,
    loss: Number(chosen.loss.toPrecision(6)),
    rowsLearned: tried.reduce((sum, { outcome }) => sum + ("curve" in outcome ? outcome.rowsLearned : 0), 0),
  };
}
