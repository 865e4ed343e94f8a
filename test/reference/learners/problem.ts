import type { FeatureSpec, ModelSpec, OptimizerSpec, Precision } from "../../../src/core/model-spec.js";
import type { Tensor } from "../../../src/core/tensor.js";
import type { EventBatch } from "../../../src/model/batch.js";

export interface Hyperparameters {
  lr?: number;
  l2?: number;
  reg?: number;
  mu?: number;
  eps?: number;
  eps_placement?: "inside" | "outside";
  initial_accumulator?: number;
  alpha?: number;
  beta?: number;
  l1?: number;
  beta1?: number;
  beta2?: number;
  touch?: "lazy" | "dense";
  /** Of the MLP's tables: torch's sparse=True, or not. */
  embeddings?: "sparse" | "dense";
  batch?: number;
  k?: number;
}
export interface ReferenceLearner {
  name: string;
  model: string;
  optimizer: string;
  hyperparameters: Hyperparameters;
  initial: Record<string, number | number[] | number[][] | Record<string, number[][] | number[]>> | string;
  predictions: number[];
  mean_log_loss?: number;
  mae?: number;
  rmse?: number;
  batch_losses?: number[];
  final: Record<string, number | number[] | number[][]>;
}
/** Rows in time order. */
export interface ReferenceData {
  dim: number;
  n_users: number;
  n_items: number;
  indices: number[][];
  values: number[][];
  labels: number[];
  users: number[];
  items: number[];
  ratings: number[];
  dense: number[][];
  labels_embedding: number[];
}

/** A reference learner in this project's terms. */
export interface Problem {
  spec: ModelSpec;
  tensors: Tensor[];
  batch: EventBatch;
  /** Where the numbers of `final` lie: table, slot (or weights), values in the table's own order. */
  final: (one: ReferenceLearner) => [table: string, part: string, values: number[]][];
}

export type ProblemOf = (
  one: ReferenceLearner,
  data: ReferenceData,
  all: readonly ReferenceLearner[],
  precision: Precision,
) => Problem;

export function optimizerOf({ optimizer, hyperparameters: h }: ReferenceLearner): OptimizerSpec {
  if (optimizer === "sgd") return { kind: "sgd", rate: h.lr ?? 0, l2: h.l2 ?? h.reg ?? 0 };
  if (optimizer === "ftrl") {
    const { alpha = 0, beta = 0, l1 = 0, l2 = 0 } = h;
    return { kind: "ftrl", rate: alpha, beta, l1, l2, initialAccumulator: 0 };
  }
  if (optimizer === "adam") {
    const { lr = 0, beta1 = 0, beta2 = 0, eps = 0, l2 = 0 } = h;
    const touch = h.touch ?? (h.embeddings === "sparse" ? "lazy" : "dense");
    return { kind: "adam", rate: lr, beta1, beta2, epsilon: eps, touch, l2 };
  }
  return {
    kind: "adagrad",
    rate: h.lr ?? 0,
    initialAccumulator: h.initial_accumulator ?? 0,
    epsilon: h.eps ?? 0,
    epsilonPlacement: h.eps_placement ?? "outside",
    l2: h.l2 ?? 0,
  };
}

/** Where a learner begins: its own arrays, or those of the one that it names ("as mlp_sgd"). */
export function initialOf<T>(one: ReferenceLearner, all: readonly ReferenceLearner[]): T {
  const { initial } = one;
  if (typeof initial !== "string") return initial as T;
  const other = all.find(({ name }) => initial === `as ${name}`);
  if (other === undefined || other === one) throw new Error(`${one.name} begins ${initial}`);
  return initialOf(other, all);
}

export const dense = (name: string): FeatureSpec => ({
  name,
  column: name,
  encoder: { kind: "dense", mean: 0, scale: 1, transform: "none", truncate: false, precision: "float64" },
});
export const identity = (name: string, size: number): FeatureSpec => ({
  name,
  column: name,
  encoder: { kind: "identity", size, outOfRange: "reject" },
});
export const tensor = (name: string, rows: number[][]): Tensor => ({
  name,
  shape: [rows.length, rows[0]?.length ?? 0],
  dtype: "float64",
  values: () => Float64Array.from(rows.flat()),
});
