import type { Activation } from "../../core/model-spec.js";

export interface ActivationFunction {
  of(x: number): number;
  /** d of(x) / dx, given x and of(x). relu'(0) = 0. */
  slope(x: number, y: number): number;
}

export const activations: Readonly<Record<Activation, ActivationFunction>> = {
  linear: { of: (x) => x, slope: () => 1 },
  relu: { of: (x) => (x > 0 ? x : 0), slope: (x) => (x > 0 ? 1 : 0) },
  /** Slope 0.01 below zero (PyTorch's default). */
  leaky_relu: { of: (x) => (x > 0 ? x : 0.01 * x), slope: (x) => (x > 0 ? 1 : 0.01) },
  elu: { of: (x) => (x > 0 ? x : Math.expm1(x)), slope: (x, y) => (x > 0 ? 1 : y + 1) },
  sigmoid: { of: (x) => 1 / (1 + Math.exp(-x)), slope: (_x, y) => y * (1 - y) },
  tanh: { of: (x) => Math.tanh(x), slope: (_x, y) => 1 - y * y },
  softplus: {
    of: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    slope: (x) => 1 / (1 + Math.exp(-x)),
  },
};
