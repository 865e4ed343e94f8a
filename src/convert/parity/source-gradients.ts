import type { Activation, DeepInput, TermSpec } from "../../core/model-spec.js";
import type { SourceValue } from "./source-encode.js";
import { activate } from "./source-network.js";

/** A weight of the source by its place in its table, and d score / d weight. */
export interface WeightSlope {
  table: string;
  row: number;
  k: number;
  slope: number;
}

/** What each feature is for the source in one row; see sourceEncoder. */
type Values = ReadonlyMap<string, SourceValue>;
type WeightOf = (table: string, row: number, k: number) => number;
type DeepTerm = Extract<TermSpec, { kind: "deep" }>;

/** Terms that have their gradients here. */
export function hasSourceGradient({ kind }: TermSpec): boolean {
  return ["bias", "linear", "dot", "factorisation", "deep"].includes(kind);
}

/**
 * A term's score and its gradient in every weight that takes part, by the chain rule in the plainest loops, in float64: on
 * purpose not the terms of src/model. NaN for a term that hasSourceGradient denies.
 */
export function scoreAndSlopes(
  term: TermSpec,
  values: Values,
  weight: WeightOf,
): { score: number; slopes: WeightSlope[] } {
  switch (term.kind) {
    case "bias":
      return { score: weight(term.name, 0, 0), slopes: [{ table: term.name, row: 0, k: 0, slope: 1 }] };
    case "linear": {
      const readings = term.features.map((feature) => readingOf(values, term.name, feature));
      return {
        score: readings.reduce((sum, { table, row, factor }) => sum + factor * weight(table, row, 0), 0),
        slopes: readings.map(({ table, row, factor }) => ({ table, row, k: 0, slope: factor })),
      };
    }
    case "dot":
      return pairs(term, [term.left, term.right], values, weight);
    case "factorisation":
      return pairs(term, term.features, values, weight);
    case "deep":
      return deep(term, values, weight);
    default:
      return { score: Number.NaN, slopes: [] };
  }
}

/** The row that a feature picks of a table, and what it is multiplied by. */
interface Reading {
  table: string;
  row: number;
  factor: number;
}

function readingOf(values: Values, term: string, feature: string): Reading {
  const value = values.get(feature);
  const table = `${term}/${feature}`;
  if (typeof value !== "object" || "bag" in value) return { table, row: Number.NaN, factor: Number.NaN };
  return "row" in value
    ? { table, row: value.row, factor: value.sign ?? 1 }
    : { table, row: 0, factor: value.value };
}

/** The inner products of all pairs of vectors. */
function pairs(
  term: { name: string; width: number },
  features: readonly string[],
  values: Values,
  weight: WeightOf,
): { score: number; slopes: WeightSlope[] } {
  const readings = features.map((feature) => readingOf(values, term.name, feature));
  const slopes: WeightSlope[] = [];
  let score = 0;
  for (let k = 0; k < term.width; k++) {
    const numbers = readings.map(({ table, row, factor }) => factor * weight(table, row, k));
    for (const [at, { table, row, factor }] of readings.entries()) {
      const others = numbers.reduce((sum, number, other) => (other === at ? sum : sum + number), 0);
      slopes.push({ table, row, k, slope: factor * others });
      for (const number of numbers.slice(at + 1)) score += (numbers[at] ?? 0) * number;
    }
  }
  return { score, slopes };
}

/** Backwards through the layers (Rumelhart, Hinton and Williams 1986). */
function deep(term: DeepTerm, values: Values, weight: WeightOf): { score: number; slopes: WeightSlope[] } {
  const inputs = term.inputs.map((input) => inputNumbers(term, input, values, weight));
  const entering: number[][] = [inputs.flatMap(({ numbers }) => numbers)];
  const sums = term.layers.map(({ units, activation }, layer) => {
    const x = entering[layer] ?? [];
    const own = Array.from({ length: units }, (_, j) =>
      x.reduce(
        (sum, number, i) => sum + number * weight(`${term.name}/kernel_${layer}`, i, j),
        weight(`${term.name}/bias_${layer}`, 0, j),
      ),
    );
    entering.push(own.map((sum) => activate(activation, sum)));
    return own;
  });
  const slopes: WeightSlope[] = [];
  let above = [1];
  for (let layer = term.layers.length - 1; layer >= 0; layer--) {
    const [kernel, bias] = [`${term.name}/kernel_${layer}`, `${term.name}/bias_${layer}`];
    const activation = term.layers[layer]?.activation ?? "linear";
    const bySum = (sums[layer] ?? []).map((sum, j) => (above[j] ?? 0) * steepness(activation, sum));
    for (const [j, slope] of bySum.entries()) slopes.push({ table: bias, row: 0, k: j, slope });
    above = (entering[layer] ?? []).map((x, i) => {
      let slope = 0;
      for (const [j, below] of bySum.entries()) {
        slopes.push({ table: kernel, row: i, k: j, slope: x * below });
        slope += weight(kernel, i, j) * below;
      }
      return slope;
    });
  }
  let from = 0;
  for (const { numbers, slopesOf } of inputs) {
    slopes.push(...slopesOf(above.slice(from, from + numbers.length)));
    from += numbers.length;
  }
  return { score: entering.at(-1)?.[0] ?? Number.NaN, slopes };
}

/** What enters for one input, and from the slopes of that the slopes of its weights. */
function inputNumbers(
  term: DeepTerm,
  input: DeepInput,
  values: Values,
  weight: WeightOf,
): { numbers: number[]; slopesOf: (above: readonly number[]) => WeightSlope[] } {
  if (input.kind === "dense") {
    const value = values.get(input.feature);
    const number = typeof value === "object" && "value" in value ? value.value : Number.NaN;
    return { numbers: [number], slopesOf: () => [] };
  }
  const names =
    input.kind === "embedding"
      ? [input.feature]
      : input.kind === "product"
        ? [input.left, input.right]
        : input.features;
  const owner = input.kind === "embedding" ? (input.from ?? term.name) : term.name;
  const vectors = names.map((feature) => {
    const reading = readingOf(values, owner, feature);
    const { table, row, factor } = reading;
    return {
      ...reading,
      numbers: Array.from({ length: input.width }, (_, k) => factor * weight(table, row, k)),
    };
  });
  const isProduct = input.kind === "product";
  return {
    numbers: Array.from({ length: input.width }, (_, k) =>
      vectors.map(({ numbers }) => numbers[k] ?? 0).reduce((a, b) => (isProduct ? a * b : a + b)),
    ),
    slopesOf: (above) =>
      vectors.flatMap(({ table, row, factor }, at) =>
        above.map((slope, k) => {
          const other = isProduct ? (vectors[1 - at]?.numbers[k] ?? 0) : 1;
          return { table, row, k, slope: slope * factor * other };
        }),
      ),
  };
}

/** The derivative of an activation; of those with a corner, at it that of the left side. */
function steepness(activation: Activation, x: number): number {
  switch (activation) {
    case "linear":
      return 1;
    case "relu":
      return x > 0 ? 1 : 0;
    case "leaky_relu":
      return x > 0 ? 1 : 0.01;
    case "elu":
      return x > 0 ? 1 : Math.exp(x);
    case "tanh":
      return 1 - Math.tanh(x) ** 2;
    case "sigmoid":
      return activate("sigmoid", x) * (1 - activate("sigmoid", x));
    case "softplus":
      return activate("sigmoid", x);
  }
}
