import type { Activation } from "../../core/model-spec.js";

/** What the source's score is computed with: plain numbers, or numbers that know what they were made of (traced.ts). */
export interface Arithmetic<N> {
  constant(value: number): N;
  sum(numbers: readonly N[]): N;
  /** offset (absent: 0) + left_1 right_1 + left_2 right_2 ... Both are of one length. */
  inner(left: readonly N[], right: readonly N[], offset?: N): N;
  activated(activation: Activation, x: N): N;
}

/** In float64. */
export const plainNumbers: Arithmetic<number> = {
  constant: (value) => value,
  sum: (numbers) => numbers.reduce((sum, number) => sum + number, 0),
  inner: (left, right, offset = 0) =>
    left.reduce((sum, number, at) => sum + number * (right[at] ?? Number.NaN), offset),
  activated: activate,
};

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
