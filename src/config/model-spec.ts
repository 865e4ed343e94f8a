import { UnbatchError } from "../core/errors.js";
import {
  type LearnerSpec,
  type ModelSpec,
  type NewRowRule,
  type OptimizerSpec,
  type TermSpec,
  tableName,
} from "../core/model-spec.js";
import type { Config, LearnerConfig, TermConfig } from "./config.js";
import { emptyEncoderSpec } from "./encoder-spec.js";

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
  return {
    family: "from unbatch.yaml",
    features: config.features.map(({ name, column, encoder }) => ({
      name,
      column: column ?? name,
      encoder: emptyEncoderSpec(encoder),
    })),
    terms,
    learner: { link, ...learnerSpec(terms, config.learner) },
    newRows: Object.fromEntries(config.model.terms.flatMap(newRowRules)),
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

/** By term name: the term's own optimizer, or the common one. Error: a term that has neither. */
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
  }
  return optimizers;
}

function termSpec(term: TermConfig): TermSpec {
  const name = term.name ?? term.kind;
  switch (term.kind) {
    case "offset":
      return { kind: "offset", name, column: term.column, scale: term.scale };
    case "bias":
      return { kind: "bias", name };
    case "linear":
      return { kind: "linear", name, features: term.features };
    case "dot":
      return { kind: "dot", name, left: term.left, right: term.right, width: term.width };
    case "factorisation":
      return { kind: "factorisation", name, features: term.features, width: term.width };
    case "deep":
      return {
        kind: "deep",
        name,
        inputs: term.inputs.map((input) =>
          typeof input === "string"
            ? { kind: "dense", feature: input }
            : { kind: "embedding", feature: input.feature, width: input.width },
        ),
        layers: [
          ...term.hidden.map((units) => ({ units, activation: term.activation })),
          { units: 1, activation: "linear" },
        ],
      };
  }
}

/** Vectors and layers begin as noise, so that they have gradients; a layer's is scaled by its inputs (He et al. 2015). */
function newRowRules(term: TermConfig): [string, NewRowRule][] {
  const name = term.name ?? term.kind;
  if (term.kind === "dot") {
    return [term.left, term.right].map((feature) => [tableName(name, feature), { noise: term.noise }]);
  }
  if (term.kind === "factorisation") {
    return term.features.map((feature) => [tableName(name, feature), { noise: term.noise }]);
  }
  if (term.kind !== "deep") return [];
  const rules: [string, NewRowRule][] = [];
  let below = 0;
  for (const input of term.inputs) {
    below += typeof input === "string" ? 1 : input.width;
    if (typeof input !== "string") rules.push([tableName(name, input.feature), { noise: term.noise }]);
  }
  [...term.hidden, 1].forEach((units, index) => {
    rules.push([tableName(name, `kernel_${index}`), { noise: Math.sqrt(2 / below) }]);
    below = units;
  });
  return rules;
}
