import { UnbatchError } from "../core/errors.js";
import type { ModelSpec, OptimizerSpec, TermSpec } from "../core/model-spec.js";
import type { OnlineModel } from "./model.js";

/** A model that has learned nothing: empty vocabularies, tables that begin by their new-row rules. */
export function newModel(spec: ModelSpec): OnlineModel {
  return { spec, vocabularies: new Map(), tensors: new Map() };
}

/** By term name: the term's own optimizer, or the common one. Error: a term that has neither. */
export function optimizersOf(
  terms: readonly TermSpec[],
  common: OptimizerSpec | undefined,
  own: Readonly<Record<string, OptimizerSpec>>,
): Record<string, OptimizerSpec> {
  const optimizers: Record<string, OptimizerSpec> = {};
  for (const term of terms) {
    if (term.kind === "offset") continue;
    const optimizer = own[term.name] ?? common;
    if (optimizer === undefined) {
      throw new UnbatchError({
        where: "unbatch.yaml",
        found: `no optimizer for term ${term.name}`,
        expected: `learner.optimizer, or learner.terms.${term.name}`,
        next: "add one, for example: optimizer: { kind: adagrad, rate: 0.1 }",
      });
    }
    optimizers[term.name] = optimizer;
  }
  return optimizers;
}
