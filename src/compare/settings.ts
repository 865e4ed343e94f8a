import type { PolicyConfig } from "../config/config.js";
import { UnbatchError } from "../core/errors.js";
import type { LearnerSpec, TermSpec } from "../core/model-spec.js";
import { nearestName } from "../core/nearest.js";
import { learnerKeys } from "../core/table-shapes.js";

/**
 * What unbatch.yaml alone cannot tell of a converted model: which terms it has.
 * Error: a policy with settings for a term that the model does not have, or that does not learn.
 */
export function checkPolicyTerms(policies: readonly PolicyConfig[], terms: readonly TermSpec[]): void {
  const names = terms.flatMap((term) => (term.kind === "offset" ? [] : learnerKeys(term)));
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

/**
 * The learner a policy runs with: the common settings, with its own laid over them. Layers that a converted model keeps
 * as they are, or moves slowly, have an optimizer of their own: what begins from scratch learns them as the rest.
 */
export function policyLearner(
  common: LearnerSpec,
  terms: readonly TermSpec[],
  policy: PolicyConfig,
): LearnerSpec {
  const { learner } = policy;
  const isFromScratch =
    policy.kind === "stateless" || (policy.kind === "online" && policy.from === "scratch");
  const hasParts = Object.keys(common.optimizers).some((name) => name.includes("/"));
  if (learner === undefined && !(isFromScratch && hasParts)) return common;
  const optimizers = { ...common.optimizers };
  for (const { name, kind } of terms) {
    if (kind === "offset") continue;
    const own = learner?.terms?.[name] ?? learner?.optimizer;
    if (own !== undefined || isFromScratch)
      for (const key of Object.keys(optimizers)) if (key.startsWith(`${name}/`)) delete optimizers[key];
    if (own !== undefined) optimizers[name] = own;
  }
  for (const [name, own] of Object.entries(learner?.terms ?? {})) optimizers[name] = own;
  return { ...common, optimizers, batchSize: learner?.batchSize ?? common.batchSize };
}
