import type { Activation, DeepInput, DeepLayer, TermSpec } from "../../core/model-spec.js";
import { inputFeatures } from "../../core/table-shapes.js";
import type { Bound, Source, SourceLayout } from "../bound.js";
import { pairsOf } from "../pairs.js";
import type { ParityRows } from "./rows.js";
import { sourceScorer } from "./source-score.js";

/** One other reading of the same tensors, and how unbatch.yaml says it. */
interface Variant {
  bound: Bound;
  yaml: string;
}

/** Orders of more inputs than this are too many to try. */
const MOST_INPUTS = 5;
/** Rows that a reading must fit; the rest is for the conversion that follows. */
const MOST_ROWS = 50;
const ACTIVATIONS: readonly Activation[] = [
  "relu",
  "tanh",
  "sigmoid",
  "leaky_relu",
  "elu",
  "softplus",
  "linear",
];

/**
 * What unbatch.yaml could say so that the source tensors give the golden scores, where the first reading of them does
 * not: another activation, order of inputs, or order of a DLRM's vectors and pairs, one thing changed at a time.
 * Undefined where none fits, or several do.
 */
export function fittingVariant(
  source: Source,
  bound: Bound,
  rows: ParityRows,
  tolerance: number,
): string | undefined {
  const { golden } = rows;
  if (golden === undefined) return undefined;
  const fits = ({ bound: read }: Variant): boolean => {
    const score = sourceScorer(source, read);
    for (let row = 0; row < Math.min(rows.rows, MOST_ROWS); row++) {
      const difference = Math.abs((score(rows.columns, row) ?? Number.NaN) - (golden[row] ?? Number.NaN));
      if (!(difference <= tolerance)) return false;
    }
    return true;
  };
  const [only, second] = [...activations(bound), ...orders(bound), ...layouts(bound)].filter(fits);
  return second === undefined ? only?.yaml : undefined;
}

function withTerm(bound: Bound, at: number, term: TermSpec): Bound {
  return { ...bound, terms: bound.terms.map((one, index) => (index === at ? term : one)) };
}

function activations(bound: Bound): Variant[] {
  return ACTIVATIONS.map((activation) => {
    const change = (layers: readonly DeepLayer[], keepsLast: boolean): DeepLayer[] =>
      layers.map((layer, at) => (keepsLast && at === layers.length - 1 ? layer : { ...layer, activation }));
    const terms = bound.terms.map((term): TermSpec => {
      if (term.kind === "deep" || term.kind === "cross")
        return { ...term, layers: change(term.layers, true) };
      if (term.kind === "interaction")
        return { ...term, bottom: change(term.bottom, false), top: change(term.top, true) };
      if (term.kind !== "towers") return term;
      const tower = (side: "left" | "right") => ({ ...term[side], layers: change(term[side].layers, true) });
      return { ...term, left: tower("left"), right: tower("right") };
    });
    return { bound: { ...bound, terms }, yaml: `activation: ${activation} in model.terms` };
  });
}

function orders(bound: Bound): Variant[] {
  return bound.terms.flatMap((term, at): Variant[] => {
    if (term.kind !== "deep" && term.kind !== "cross") return [];
    if (term.inputs.length < 2 || term.inputs.length > MOST_INPUTS) return [];
    const [, ...others] = permutations(term.inputs);
    return others.map((inputs) => ({
      bound: withTerm(bound, at, { ...term, inputs }),
      yaml: `inputs in the order ${inputs.map((input) => inputFeatures(input).join(" x ")).join(", ")} in model.terms`,
    }));
  });
}

function permutations(inputs: readonly DeepInput[]): DeepInput[][] {
  if (inputs.length < 2) return [[...inputs]];
  return inputs.flatMap((first, at) =>
    permutations(inputs.filter((_, other) => other !== at)).map((rest) => [first, ...rest]),
  );
}

function layouts(bound: Bound): Variant[] {
  const { layout } = bound;
  if (layout === undefined) return [];
  const features = layout.vectors.filter((feature) => feature !== undefined);
  const hasDense = features.length < layout.vectors.length;
  const vectorOrders = hasDense
    ? [
        [undefined, ...features],
        [...features, undefined],
      ]
    : [features];
  return vectorOrders.flatMap((vectors) =>
    (["lower", "upper"] as const).flatMap((pairs) =>
      partOrders(layout.above).map((above): Variant => {
        const names = vectors.map((feature) => feature ?? "dense").join(", ");
        return {
          bound: { ...bound, layout: { vectors, pairs: pairsOf(vectors.length, pairs), above } },
          yaml: `checkpoint: { interaction: { vectors: [${names}], pairs: ${pairs}, above: [${above.join(", ")}] } }`,
        };
      }),
    ),
  );
}

function partOrders(parts: SourceLayout["above"]): SourceLayout["above"][] {
  if (parts.length < 2) return [parts];
  return parts.flatMap((first) =>
    partOrders(parts.filter((part) => part !== first)).map((rest) => [first, ...rest]),
  );
}
