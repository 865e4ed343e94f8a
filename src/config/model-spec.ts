import { UnbatchError } from "../core/errors.js";
import type { LearnerSpec, ModelSpec, OptimizerSpec, TermSpec } from "../core/model-spec.js";
import { layersKey } from "../core/table-shapes.js";
import type { Config, LearnerConfig } from "./config.js";
import { bagSpec, emptyEncoderSpec } from "./encoder-spec.js";
import { negativesOf } from "./negatives.js";
import { newRowRules, termSpec } from "./term-spec.js";

/**
 * The model that unbatch.yaml describes by itself, before it has learned anything.
 * Errors: no `model`, or a term without an optimizer.
 */
export function modelSpecOf(config: Config): ModelSpec {
  if (config.model === undefined) {
    throw new UnbatchError({
      where: "unbatch.yaml",
      found: "no model",
      expected: "model: { terms: [...] }, or a converted checkpoint",
      next: "add one, or convert a checkpoint and name it (unbatch compare --checkpoint MODEL)",
    });
  }
  const { link } = config.model;
  const terms = config.model.terms.map(termSpec);
  const features = config.features.map(({ name, column, encoder, bag }) => ({
    name,
    column: column ?? name,
    encoder: emptyEncoderSpec(encoder),
    ...(bag === undefined ? {} : { bag: bagSpec(bag) }),
  }));
  return {
    family: "from unbatch.yaml",
    features,
    terms,
    learner: { link, ...learnerSpec(terms, config.learner), ...negativesOf(config) },
    newRows: Object.fromEntries(config.model.terms.flatMap((term) => newRowRules(term, features))),
  };
}

/** Everything of the learner but its link. Error: a term without an optimizer. */
export function learnerSpec(terms: readonly TermSpec[], learner: LearnerConfig): Omit<LearnerSpec, "link"> {
  return {
    optimizers: optimizersOf(terms, learner),
    batchSize: learner.batchSize,
    precision: learner.precision,
    seed: learner.seed,
  };
}

/** By term name: the term's own optimizer, or the common one; and its layers' own. Error: a term that has neither. */
export function optimizersOf(
  terms: readonly TermSpec[],
  learner: { optimizer?: OptimizerSpec | undefined; terms: Readonly<Record<string, OptimizerSpec>> },
): Record<string, OptimizerSpec> {
  const optimizers: Record<string, OptimizerSpec> = {};
  for (const term of terms) {
    if (term.kind === "offset") continue;
    const optimizer = learner.terms[term.name] ?? learner.optimizer;
    if (optimizer === undefined) {
      throw new UnbatchError({
        where: "unbatch.yaml",
        found: `no optimizer for term ${term.name}`,
        expected: `learner.optimizer, or learner.terms.${term.name}`,
        next: "add one, for example: optimizer: { kind: adagrad, rate: 0.1 }",
      });
    }
    optimizers[term.name] = optimizer;
    const layers = learner.terms[layersKey(term.name)];
    if (layers !== undefined) optimizers[layersKey(term.name)] = layers;
  }
  return optimizers;
}
