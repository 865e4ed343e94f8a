import type { PolicyConfig } from "../config/config.js";
import { UnbatchError } from "../core/errors.js";
import type { LearnerSpec, TermSpec } from "../core/model-spec.js";
import { nearestName } from "../core/nearest.js";

/**
 * What unbatch.yaml alone cannot tell of a converted model: which terms it has.
 * Error: a policy with settings for a term that the model does not have, or that does not learn.
 */
export function checkPolicyTerms(policies: readonly PolicyConfig[], terms: readonly TermSpec[]): void {
  const names = terms.flatMap(({ name, kind }) => (kind === "offset" ? [] : [name]));
  for (const policy of policies) {
    const other = Object.keys(policy.learner?.terms ?? {}).find((name) => !names.includes(name));
    if (other === undefined) continue;
    const nearest = nearestName(other, names);
    throw new UnbatchError({
      where: `compare.policies: learner.terms of policy ${policy.name}`,
      found: `no term "${other}" that learns in the model`,
      expected:
        nearest === undefined
          ? `some of ${names.join(", ")}`
          : `did you mean "${nearest}"? It has ${names.join(", ")}`,
      next: "correct the name in unbatch.yaml; unbatch inspect MODEL shows the terms",
    });
  }
}

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
