import { isSigned } from "../core/encoder-rows.js";
import type {
  DeepInput,
  DeepLayer,
  FeatureSpec,
  ModelSpec,
  TermSpec,
  UnknownRule,
} from "../core/model-spec.js";
import { ROWS_ALONE } from "./check-optimizers.js";
import type { LogConfig, UnknownConfig } from "./config.js";
import type { InputConfig, TermConfig } from "./term-config.js";

/** What unbatch.yaml says in other words than model.json does. */
type Written<Kind> = Kind extends { noise: number } ? Omit<Kind, "noise"> : Kind;

/**
 * The unbatch.yaml that a model stands for, from its `log` (absent: the reader fills it in) to its
 * learner, with `checkpoint` as given. In words what it has that unbatch.yaml does not say.
 */
export function writtenConfig(
  spec: ModelSpec,
  log: LogConfig | undefined,
  checkpoint: object,
  /** By feature, where its ids are. */
  vocabularies: ReadonlyMap<string, string>,
): string | { unsaid: string } {
  const { link, batchSize, precision, seed, negatives } = spec.learner;
  const terms: object[] = [];
  const signed = spec.features.find(({ encoder }) => encoder.kind === "hash" && isSigned(encoder));
  if (signed !== undefined) return { unsaid: `rows for both signs of feature ${signed.name}` };
  for (const term of spec.terms) {
    const written = writtenTerm(term);
    if ("unsaid" in written) return written;
    terms.push(written);
  }
  const learner = { terms: writtenOptimizers(spec), batchSize, precision, seed, negatives };
  return [
    "version: 1",
    `log: ${JSON.stringify(log === undefined ? { time: "TIME" } : writtenLog(log))}`,
    "features:",
    ...spec.features.map((feature) => `  - ${JSON.stringify(writtenFeature(feature, vocabularies))}`),
    `checkpoint: ${JSON.stringify(checkpoint)}`,
    "model:",
    `  link: ${link}`,
    "  terms:",
    ...terms.map((term) => `    - ${JSON.stringify(term)}`),
    `learner: ${JSON.stringify(learner)}`,
    "",
  ].join("\n");
}

/** Momentum is of layers and biases: of a term whose weights are rows alone it says nothing, and may not be said. */
function writtenOptimizers({ terms, learner }: ModelSpec): Record<string, object> {
  const isOfRows = (name: string): boolean =>
    terms.some((term) => term.name === name && ROWS_ALONE.has(term.kind));
  return Object.fromEntries(
    Object.entries(learner.optimizers).map(([name, optimizer]) => [
      name,
      isOfRows(name) ? { ...optimizer, momentum: undefined } : optimizer,
    ]),
  );
}

function writtenLog(log: LogConfig): object {
  const { known } = log;
  if (known === undefined || "column" in known) return log;
  const text = (micros: number): string => `${micros}us`;
  const { after } = known;
  const written =
    typeof after === "number"
      ? text(after)
      : { positive: text(after.positive), negative: text(after.negative) };
  return { ...log, known: { after: written } };
}

function writtenFeature(
  { name, column, encoder, bag }: FeatureSpec,
  vocabularies: ReadonlyMap<string, string>,
): object {
  const own =
    encoder.kind === "vocabulary"
      ? { ...encoder, file: vocabularies.get(name), unknown: writtenUnknown(encoder.unknown) }
      : encoder;
  return { name, column, encoder: own, bag };
}

function writtenUnknown(unknown: UnknownRule): UnknownConfig {
  switch (unknown.rule) {
    case "grow":
      return { growFrom: unknown.row };
    case "row":
      return { row: unknown.row };
    case "hash":
      return { buckets: unknown.buckets, function: unknown.function };
    case "reject":
      return "reject";
  }
}

function writtenTerm(term: TermSpec): Written<TermConfig> | { unsaid: string } {
  const several = { unsaid: `the layers of term ${term.name}, which have several activations or are none` };
  switch (term.kind) {
    case "offset":
      return { unsaid: `the logged score of term ${term.name}, which is in the log and not in a checkpoint` };
    case "bias":
    case "linear":
    case "dot":
    case "factorisation":
      return {
        ...term,
        ...("features" in term ? { features: [...term.features] } : {}),
      } as Written<TermConfig>;
    case "deep": {
      const { kind, name } = term;
      const stack = hiddenOf(term.layers);
      return stack === undefined ? several : { kind, name, inputs: term.inputs.map(writtenInput), ...stack };
    }
    case "towers": {
      const { kind, name } = term;
      const [left, right] = [term.left, term.right].map(({ layers }) => hiddenOf(layers, "any"));
      const [width, last] = [term.left.layers.at(-1)?.units, term.left.layers.at(-1)?.activation];
      const isAlike = left?.activation === right?.activation && term.right.layers.at(-1)?.activation === last;
      if (left === undefined || right === undefined || width === undefined || !isAlike) return several;
      const tower = (side: "left" | "right", hidden: number[]) => ({
        inputs: term[side].inputs.map(writtenInput),
        hidden,
      });
      const sides = { left: tower("left", left.hidden), right: tower("right", right.hidden) };
      return { kind, name, ...sides, width, activation: left.activation, last };
    }
    case "cross": {
      const { kind, name, crosses, form, structure } = term;
      const stack = hiddenOf(term.layers);
      if (stack === undefined) return several;
      return { kind, name, inputs: term.inputs.map(writtenInput), crosses, form, structure, ...stack };
    }
    case "interaction": {
      const { kind, name, above, width } = term;
      const stack = hiddenOf([...term.bottom, ...term.top]);
      if (stack === undefined) return several;
      const bottom = term.bottom.slice(0, -1).map(({ units }) => units);
      const hidden = term.top.slice(0, -1).map(({ units }) => units);
      const lists = { features: [...term.features], dense: [...term.dense] };
      return { kind, name, ...lists, above, width, bottom, hidden, activation: stack.activation };
    }
    case "leaves":
      return { unsaid: `the frozen trees of term ${term.name}` };
  }
}

/** The layers below the last, of one activation; the last is linear, unless it may be of `any`. */
function hiddenOf(
  layers: readonly DeepLayer[],
  last: "linear" | "any" = "linear",
): { hidden: number[]; activation: DeepLayer["activation"] } | undefined {
  const below = layers.slice(0, -1);
  const [activation = "relu", second] = new Set(below.map((layer) => layer.activation));
  const isWhole = last === "any" || layers.at(-1)?.activation === "linear";
  return second === undefined && isWhole
    ? { hidden: below.map(({ units }) => units), activation }
    : undefined;
}

function writtenInput(input: DeepInput): InputConfig {
  switch (input.kind) {
    case "dense":
      return input.feature;
    case "embedding":
      return { feature: input.feature, width: input.width, from: input.from };
    case "product":
      return { product: [input.left, input.right], width: input.width };
    case "sum":
      return { sum: [...input.features], width: input.width };
  }
}
