import type { CompareConfig, PolicyConfig } from "../config/config.js";
import type { LearnerSpec, ModelSpec } from "../core/model-spec.js";
import { formatTime } from "../core/time.js";
import { policyLearner } from "./settings.js";
import type { Checkpoint } from "./start.js";
import { fingerprint } from "./tune/fingerprint.js";

/** What policies are judged on. */
export interface Judged {
  compare: CompareConfig;
  spec: Pick<ModelSpec, "learner" | "terms">;
  checkpoint: Checkpoint["kind"];
  startMicros: number;
}

/**
 * Why a policy's settings are not those that `unbatch tune` chose for it on rows before the test, undefined where they
 * are. One tuning gives each policy that it names the same budget, so policies without a reason can be judged beside
 * each other. A floor, and a checkpoint that was converted, have nothing to tune.
 */
export function whyUntuned(
  policy: PolicyConfig,
  { compare, spec, checkpoint, startMicros }: Judged,
): string | undefined {
  const { tuned } = compare;
  const isPretrained = checkpoint === "pretrained";
  if (policy.kind === "floor" || (policy.kind === "frozen" && !isPretrained)) return undefined;
  if (tuned === undefined) return "nothing was tuned: unbatch tune chooses settings on rows before the test";
  if (tuned.to > startMicros)
    return `settings were chosen on rows up to ${formatTime(tuned.to)}, after the test begins`;
  const { terms, learner: common } = spec;
  const checkpointLearner: { checkpointLearner?: LearnerSpec } = isPretrained
    ? { checkpointLearner: common }
    : {};
  if (policy.kind === "frozen") {
    return tuned.checkpoint?.settings === fingerprint({ learner: common, terms, ...checkpointLearner })
      ? undefined
      : "learner has changed since it was tuned, or was not tuned";
  }
  const chosen = tuned.policies[policy.name];
  if (chosen === undefined) return `${policy.name} was not tuned`;
  const learner = policyLearner(common, terms, policy);
  return chosen.settings === fingerprint({ policy, learner, terms, ...checkpointLearner })
    ? undefined
    : `the settings of ${policy.name}, or the model's, have changed since it was tuned`;
}
