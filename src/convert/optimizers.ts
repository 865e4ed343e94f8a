import type { LearnerConfig } from "../config/config.js";
import { UnbatchError } from "../core/errors.js";
import type { OptimizerSpec } from "../core/model-spec.js";
import type { Checkpoint, OptimizerSlots } from "./checkpoint.js";

/** The optimizer of one term, and where its settings came from. */
export interface ChosenOptimizer {
  term: string;
  spec: OptimizerSpec;
  from: string;
}

/** unbatch.yaml first; else what trained the checkpoint, with its rates. Error: neither says. */
export function chooseOptimizer(
  term: string,
  tensors: readonly string[],
  checkpoint: Checkpoint,
  learner: LearnerConfig,
  where: string,
): ChosenOptimizer {
  const own = learner.terms[term];
  if (own !== undefined) return { term, spec: own, from: `learner.terms.${term} of unbatch.yaml` };
  if (learner.optimizer !== undefined) {
    return { term, spec: learner.optimizer, from: "learner.optimizer of unbatch.yaml" };
  }
  const kinds = new Set(
    checkpoint.slots.filter(({ tensor }) => tensors.includes(tensor)).map(({ optimizer }) => optimizer),
  );
  const [kind] = kinds;
  const derived = kind === undefined || kinds.size > 1 ? undefined : sourceOptimizer(kind, checkpoint);
  if (derived !== undefined) return { term, spec: derived.spec, from: derived.from };
  const unlike = kind === undefined ? [] : settingsUnlike(kind, checkpoint);
  const trained =
    kinds.size === 0
      ? "the checkpoint holds no optimizer"
      : `the checkpoint holds ${[...kinds].join(" and ")}${unlike.length === 0 ? "" : ` with ${unlike.join(", ")}, which the learner has not`}`;
  throw new UnbatchError({
    where,
    found: `no optimizer for term ${term}: ${trained}${kinds.size === 0 ? "" : ", which cannot be continued with the settings found"}`,
    expected: `learner.terms.${term} or learner.optimizer in unbatch.yaml`,
    next: `add, for example: learner: { terms: { ${term}: { kind: adagrad, rate: 0.05 } } }`,
  });
}

/** What trained the checkpoint, as far as the learner has it; undefined where it has not, or no rate was saved. */
export function sourceOptimizer(
  kind: OptimizerSlots["optimizer"],
  checkpoint: Checkpoint,
): { spec: OptimizerSpec; from: string } | undefined {
  const rate = hyperparameter(checkpoint, kind, /^_?(learning_rate|lr)$/);
  if (rate === undefined || settingsUnlike(kind, checkpoint).length > 0) return undefined;
  const setting = (names: RegExp, otherwise: number): number =>
    hyperparameter(checkpoint, kind, names)?.value ?? otherwise;
  const from = `the checkpoint: ${rate.name} = ${Number(rate.value.toPrecision(7))}`;
  const initial = hyperparameter(checkpoint, kind, /^initial_accumulator(_value)?$/);
  const initialAccumulator = initial?.value ?? 0.1;
  const fromBoth =
    initial === undefined ? `${from}; the initial accumulator is not saved, 0.1 assumed` : from;
  if (kind === "adagrad") {
    const epsilon = setting(/^(eps|epsilon)$/, /torch/i.test(checkpoint.format) ? 1e-10 : 1e-7);
    const l2 = setting(/^weight_decay$/, 0);
    const spec = {
      kind,
      rate: rate.value,
      initialAccumulator,
      epsilon,
      epsilonPlacement: "outside",
      l2,
    } as const;
    return { spec, from: fromBoth };
  }
  if (kind === "ftrl") {
    if (setting(/^learning_rate_power$/, -0.5) !== -0.5) return undefined;
    const spec = {
      kind,
      rate: rate.value,
      beta: setting(/^beta$/, 0),
      l1: setting(/^(l1_regularization_strength|l1)$/, 0),
      // TensorFlow divides by sqrt(n) / rate + 2 l2; the learner by sqrt(n) / rate + l2.
      l2: 2 * setting(/^(l2_regularization_strength|l2)$/, 0),
      initialAccumulator,
    };
    return { spec, from: fromBoth };
  }
  if (kind === "sgd") {
    const momentum = setting(/^momentum$/, 0);
    const spec = { kind, rate: rate.value, l2: setting(/^weight_decay$/, 0) } as const;
    return { spec: momentum > 0 ? { ...spec, momentum } : spec, from };
  }
  if (kind === "adam") {
    const spec = {
      kind,
      rate: rate.value,
      beta1: setting(/^beta_?1$/, 0.9),
      beta2: setting(/^beta_?2$/, 0.999),
      epsilon: setting(/^(eps|epsilon)$/, /torch/i.test(checkpoint.format) ? 1e-8 : 1e-7),
      // Dense Adam moves every row of every table at each update: too slow to learn row by row, unless asked for.
      touch: "lazy",
      ...(isKeras(checkpoint) ? { correction: "rate" as const } : {}),
      l2: setting(/^weight_decay$/, 0),
    } as const;
    return { spec, from: `${from}; lazy on rows` };
  }
  return undefined;
}

/** Settings that change the rule, and that no optimizer here has: Nesterov's momentum, a rate that decays, FTRL's shrinkage. */
const UNLIKE: readonly RegExp[] = [
  ...[/^lr_decay$/, /^dampening$/, /^nesterov$/, /^maximize$/],
  ...[/^l2_shrinkage_regularization_strength$/, /^decoupled_weight_decay$/],
];
/** Of Keras: no part of the gradient, as it is here. */
const DECOUPLED = /^weight_decay$/;

function isKeras({ format }: Checkpoint): boolean {
  return /keras|tensorflow|tfjs/.test(format);
}

/** Those of an optimizer that are not off, with their values. */
function settingsUnlike(optimizer: string, checkpoint: Checkpoint): string[] {
  return (isKeras(checkpoint) ? [...UNLIKE, DECOUPLED] : UNLIKE).flatMap((name) => {
    const found = hyperparameter(checkpoint, optimizer, name);
    return found === undefined || found.value === 0 ? [] : [`${lastPart(found.name)} ${found.value}`];
  });
}

/**
 * By the last part of its name, of the optimizer's own settings where the names tell them apart. Undefined where
 * several disagree: then unbatch.yaml must say.
 */
export function hyperparameter(
  { hyperparameters }: Checkpoint,
  optimizer: string,
  names: RegExp,
): { name: string; value: number } | undefined {
  const all = [...hyperparameters]
    .map(([name, value]) => ({ name, value }))
    .filter(({ name }) => names.test(lastPart(name)));
  const own = optimizer === "" ? [] : all.filter(({ name }) => name.toLowerCase().includes(optimizer));
  const found = own.length > 0 ? own : all;
  const [first] = found;
  return found.every(({ value }) => value === first?.value) ? first : undefined;
}

function lastPart(name: string): string {
  return (
    name
      .replace(/\/\.ATTRIBUTES\/VARIABLE_VALUE$/, "")
      .split(/[./]/)
      .at(-1) ?? name
  );
}
