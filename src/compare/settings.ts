import type { PolicyConfig } from "../config/config.js";
import type { LearnerSpec, TermSpec } from "../core/model-spec.js";

/** The learner a policy runs with: the common settings, with its own laid over them. */
export function policyLearner(
  common: LearnerSpec,
  terms: readonly TermSpec[],
  { learner }: PolicyConfig,
): LearnerSpec {
  if (learner === undefined) return common;
  const optimizers = { ...common.optimizers };
  for (const { name, kind } of terms) {
    if (kind === "offset") continue;
    const own = learner.terms?.[name] ?? learner.optimizer;
    if (own !== undefined) optimizers[name] = own;
  }
  return { ...common, optimizers, batchSize: learner.batchSize ?? common.batchSize };
}
