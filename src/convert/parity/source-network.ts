import type {
  Activation,
  CrossSpec,
  DeepInput,
  DeepLayer,
  InteractionSpec,
  TermSpec,
} from "../../core/model-spec.js";
import type { BoundNorm, SourceLayout } from "../bound.js";

/** The source's tensors and one row's values, as the plain loops here read them. */
export interface SourceRow {
  /** Number k of the row that a feature has in a table; a dense feature's one row times its value. */
  weight(table: string, feature: string, k: number): number;
  /** A dense feature's value. */
  value(feature: string): number;
  /** Of a table that every event reads; undefined where the source has none. */
  at(table: string, row: number, k: number): number | undefined;
  norms: readonly BoundNorm[];
  /** All numbers of a tensor. */
  tensor(name: string): ArrayLike<number | bigint>;
  layout: SourceLayout | undefined;
}

type Network = Extract<TermSpec, { kind: "deep" | "towers" | "cross" | "interaction" }>;

/**
 * The score of a network in the source's own order of operations, BatchNorm where it stands and not folded: shares
 * nothing with the online terms.
 */
export function networkScore(term: Network, row: SourceRow): number {
  switch (term.kind) {
    case "deep":
      return one(through(row, term.name, term.layers, inputsOf(row, term.name, term.inputs)));
    case "towers": {
      const [left, right] = (["left", "right"] as const).map((side) => {
        const stack = `${term.name}/${side}`;
        return through(row, stack, term[side].layers, inputsOf(row, stack, term[side].inputs));
      });
      return inner(left ?? [], right ?? []);
    }
    case "cross":
      return crossScore(term, row);
    case "interaction":
      return interactionScore(term, row);
  }
}

function inputsOf(row: SourceRow, stack: string, inputs: readonly DeepInput[]): number[] {
  return inputs.flatMap((input): number[] => {
    if (input.kind === "dense") return [row.value(input.feature)];
    const vector = (table: string, feature: string): number[] =>
      Array.from({ length: input.width }, (_, k) => row.weight(`${table}/${feature}`, feature, k));
    if (input.kind === "embedding") return vector(input.from ?? stack, input.feature);
    if (input.kind === "sum") {
      const summands = input.features.map((feature) => vector(stack, feature));
      return Array.from({ length: input.width }, (_, k) =>
        summands.reduce((sum, summand) => sum + (summand[k] ?? Number.NaN), 0),
      );
    }
    const right = vector(stack, input.right);
    return vector(stack, input.left).map((number, k) => number * (right[k] ?? Number.NaN));
  });
}

function through(
  row: SourceRow,
  stack: string,
  layers: readonly DeepLayer[],
  inputs: readonly number[],
): number[] {
  let x = [...inputs];
  layers.forEach(({ units, activation }, index) => {
    const kernel = `${stack}/kernel_${index}`;
    const norms = row.norms.filter((norm) => norm.kernel === kernel);
    const entering = normalised(
      row,
      norms.find(({ side }) => side === "in"),
      x,
    );
    const sums = Array.from({ length: units }, (_, j) =>
      entering.reduce(
        (total, input, i) => total + input * (row.at(kernel, i, j) ?? Number.NaN),
        row.at(`${stack}/bias_${index}`, 0, j) ?? 0,
      ),
    );
    x = normalised(
      row,
      norms.find(({ side }) => side === "out"),
      sums,
    ).map((sum) => activate(activation, sum));
  });
  return x;
}

function normalised(
  { tensor }: SourceRow,
  norm: BoundNorm | undefined,
  x: readonly number[],
): readonly number[] {
  if (norm === undefined) return x;
  const { mean, variance, gamma, beta, epsilon } = norm.tensors;
  const of = (name: string | undefined, k: number, otherwise: number): number =>
    name === undefined ? otherwise : Number(tensor(name)[k]);
  return x.map((value, at) => {
    const k = at - norm.first;
    if (k < 0 || k >= norm.width) return value;
    const standardised = (value - of(mean, k, 0)) / Math.sqrt(of(variance, k, 1) + epsilon);
    return of(gamma, k, 1) * standardised + of(beta, k, 0);
  });
}

/** Wang et al. 2017, equation 3; 2021, equation 1. */
function crossScore(term: CrossSpec, row: SourceRow): number {
  const x0 = inputsOf(row, term.name, term.inputs);
  let x = x0;
  for (let index = 0; index < term.crosses; index++) {
    const kernel = (i: number, k: number): number =>
      row.at(`${term.name}/cross_kernel_${index}`, i, k) ?? Number.NaN;
    const bias = (k: number): number => row.at(`${term.name}/cross_bias_${index}`, 0, k) ?? 0;
    const before = x;
    const along = before.reduce((sum, number, i) => sum + number * kernel(0, i), 0);
    x = before.map((number, k) => {
      if (term.form === "vector") return (x0[k] ?? 0) * along + bias(k) + number;
      const mixed = before.reduce((sum, other, i) => sum + other * kernel(i, k), bias(k));
      return (x0[k] ?? 0) * mixed + number;
    });
  }
  if (term.structure === "stacked") return one(through(row, term.name, term.layers, x));
  const output = x.reduce(
    (sum, number, k) => sum + number * (row.at(`${term.name}/cross_output`, k, 0) ?? Number.NaN),
    0,
  );
  return output + one(through(row, term.name, term.layers, x0));
}

/** Vectors, products and what goes up, each in the order of the source. */
function interactionScore(term: InteractionSpec, row: SourceRow): number {
  const { layout } = row;
  if (layout === undefined) return Number.NaN;
  const numbers = term.dense.map((feature) => row.value(feature));
  const dense = term.dense.length === 0 ? [] : through(row, `${term.name}/bottom`, term.bottom, numbers);
  const vectors = layout.vectors.map((feature) =>
    feature === undefined
      ? dense
      : Array.from({ length: term.width }, (_, k) => row.weight(`${term.name}/${feature}`, feature, k)),
  );
  const joined = layout.above.flatMap((part): number[] => {
    if (part === "dense") return dense;
    if (part === "products") return layout.pairs.map(([i, j]) => inner(vectors[i] ?? [], vectors[j] ?? []));
    return vectors.flatMap((vector, at) => (layout.vectors[at] === undefined ? [] : vector));
  });
  return one(through(row, `${term.name}/top`, term.top, joined));
}

function inner(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, number, k) => sum + number * (right[k] ?? Number.NaN), 0);
}

function one(numbers: readonly number[]): number {
  return numbers.length === 1 ? (numbers[0] ?? Number.NaN) : Number.NaN;
}

/** In float64. */
export function activate(activation: Activation, x: number): number {
  switch (activation) {
    case "linear":
      return x;
    case "relu":
      return Math.max(x, 0);
    case "leaky_relu":
      return x < 0 ? x / 100 : x;
    case "elu":
      return x < 0 ? Math.exp(x) - 1 : x;
    case "sigmoid":
      return 1 / (1 + Math.exp(-x));
    case "tanh":
      return Math.tanh(x);
    case "softplus":
      return Math.log(1 + Math.exp(-Math.abs(x))) + Math.max(x, 0);
  }
}
