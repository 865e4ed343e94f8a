import type { CrossSpec, DeepInput, DeepLayer, InteractionSpec, TermSpec } from "../../core/model-spec.js";
import type { BoundNorm, SourceLayout } from "../bound.js";
import type { Arithmetic } from "./arithmetic.js";

/** A table of the source, read for the online table's rows. */
export interface SourceReader<N> {
  at(row: number, k: number): N;
  /** What an id without a row of its own scores with: zero for one weight, the mean of the ids' rows for a vector. */
  unknown(k: number): N;
}

/** The source's tables by the names of the online ones, and what else its score is made of. */
export interface SourceTables<N> {
  numbers: Arithmetic<N>;
  /** Undefined where the source has none. */
  table(name: string): SourceReader<N> | undefined;
  norms: readonly BoundNorm[];
  /** All numbers of a tensor. */
  tensor(name: string): ArrayLike<number | bigint>;
  layout: SourceLayout | undefined;
}

/** The same with one row's values, as the plain loops here read them. */
export interface SourceRow<N> extends SourceTables<N> {
  /** Number k of the row that a feature has in a table; a dense feature's one row times its value. */
  weight(table: string, feature: string, k: number): N;
  /** A dense feature's value. */
  value(feature: string): number;
}

type Network = Extract<TermSpec, { kind: "deep" | "towers" | "cross" | "interaction" }>;

/**
 * The score of a network in the source's own order of operations, BatchNorm where it stands and not folded: shares
 * nothing with the online terms.
 */
export function networkScore<N>(term: Network, row: SourceRow<N>): N {
  switch (term.kind) {
    case "deep":
      return one(row, through(row, term.name, term.layers, inputsOf(row, term.name, term.inputs)));
    case "towers": {
      const [left = [], right = []] = (["left", "right"] as const).map((side) => {
        const stack = `${term.name}/${side}`;
        return through(row, stack, term[side].layers, inputsOf(row, stack, term[side].inputs));
      });
      return row.numbers.inner(left, right);
    }
    case "cross":
      return crossScore(term, row);
    case "interaction":
      return interactionScore(term, row);
  }
}

function inputsOf<N>(row: SourceRow<N>, stack: string, inputs: readonly DeepInput[]): N[] {
  const { numbers } = row;
  return inputs.flatMap((input): N[] => {
    if (input.kind === "dense") return [numbers.constant(row.value(input.feature))];
    const vector = (table: string, feature: string): N[] =>
      Array.from({ length: input.width }, (_, k) => row.weight(`${table}/${feature}`, feature, k));
    if (input.kind === "embedding") return vector(input.from ?? stack, input.feature);
    if (input.kind === "sum") {
      const summands = input.features.map((feature) => vector(stack, feature));
      return Array.from({ length: input.width }, (_, k) =>
        numbers.sum(summands.map((summand) => given(row, summand[k]))),
      );
    }
    const right = vector(stack, input.right);
    return vector(stack, input.left).map((number, k) => numbers.inner([number], [given(row, right[k])]));
  });
}

function through<N>(
  row: SourceRow<N>,
  stack: string,
  layers: readonly DeepLayer[],
  inputs: readonly N[],
): readonly N[] {
  let x = inputs;
  layers.forEach(({ units, activation }, index) => {
    const name = `${stack}/kernel_${index}`;
    const [kernel, bias] = [row.table(name), row.table(`${stack}/bias_${index}`)];
    const norms = row.norms.filter((norm) => norm.kernel === name);
    const entering = normalised(
      row,
      norms.find(({ side }) => side === "in"),
      x,
    );
    const sums = Array.from({ length: units }, (_, j) =>
      row.numbers.inner(
        entering,
        entering.map((_, i) => given(row, kernel?.at(i, j))),
        bias?.at(0, j),
      ),
    );
    x = normalised(
      row,
      norms.find(({ side }) => side === "out"),
      sums,
    ).map((sum) => row.numbers.activated(activation, sum));
  });
  return x;
}

function normalised<N>(
  { tensor, numbers }: SourceRow<N>,
  norm: BoundNorm | undefined,
  x: readonly N[],
): readonly N[] {
  if (norm === undefined) return x;
  const { mean, variance, gamma, beta, epsilon } = norm.tensors;
  const of = (name: string | undefined, k: number, otherwise: number): number =>
    name === undefined ? otherwise : Number(tensor(name)[k]);
  return x.map((value, at) => {
    const k = at - norm.first;
    if (k < 0 || k >= norm.width) return value;
    const scale = 1 / Math.sqrt(of(variance, k, 1) + epsilon);
    const centred = numbers.sum([value, numbers.constant(-of(mean, k, 0))]);
    const standardised = numbers.inner([centred], [numbers.constant(scale)]);
    return numbers.inner(
      [standardised],
      [numbers.constant(of(gamma, k, 1))],
      numbers.constant(of(beta, k, 0)),
    );
  });
}

/** Wang et al. 2017, equation 3; 2021, equation 1. */
function crossScore<N>(term: CrossSpec, row: SourceRow<N>): N {
  const { numbers } = row;
  const x0 = inputsOf(row, term.name, term.inputs);
  let x: readonly N[] = x0;
  const isVector = term.form === "vector";
  for (let index = 0; index < term.crosses; index++) {
    const before = x;
    const kernel = row.table(`${term.name}/cross_kernel_${index}`);
    const bias = row.table(`${term.name}/cross_bias_${index}`);
    const column = (k: number): N[] => before.map((_, i) => given(row, kernel?.at(i, k)));
    const same = isVector
      ? numbers.inner(
          before,
          before.map((_, i) => given(row, kernel?.at(0, i))),
        )
      : undefined;
    x = before.map((number, k) => {
      const first = [given(row, x0[k])];
      const product =
        same === undefined
          ? numbers.inner(first, [numbers.inner(before, column(k), bias?.at(0, k))])
          : numbers.inner(first, [same], bias?.at(0, k));
      return numbers.sum([product, number]);
    });
  }
  if (term.structure === "stacked") return one(row, through(row, term.name, term.layers, x));
  const last = row.table(`${term.name}/cross_output`);
  const output = numbers.inner(
    x,
    x.map((_, k) => given(row, last?.at(k, 0))),
  );
  return numbers.sum([output, one(row, through(row, term.name, term.layers, x0))]);
}

/** Vectors, products and what goes up, each in the order of the source. */
function interactionScore<N>(term: InteractionSpec, row: SourceRow<N>): N {
  const { layout, numbers } = row;
  if (layout === undefined) return numbers.constant(Number.NaN);
  const entering = term.dense.map((feature) => numbers.constant(row.value(feature)));
  const dense = term.dense.length === 0 ? [] : through(row, `${term.name}/bottom`, term.bottom, entering);
  const vectors = layout.vectors.map((feature) =>
    feature === undefined
      ? dense
      : Array.from({ length: term.width }, (_, k) => row.weight(`${term.name}/${feature}`, feature, k)),
  );
  const joined = layout.above.flatMap((part): readonly N[] => {
    if (part === "dense") return dense;
    if (part === "products")
      return layout.pairs.map(([i, j]) => numbers.inner(vectors[i] ?? [], vectors[j] ?? []));
    return vectors.flatMap((vector, at) => (layout.vectors[at] === undefined ? [] : vector));
  });
  return one(row, through(row, `${term.name}/top`, term.top, joined));
}

function given<N>({ numbers }: SourceRow<N>, number: N | undefined): N {
  return number ?? numbers.constant(Number.NaN);
}

function one<N>(row: SourceRow<N>, numbers: readonly N[]): N {
  return given(row, numbers.length === 1 ? numbers[0] : undefined);
}
