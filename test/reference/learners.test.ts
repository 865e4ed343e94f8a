import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { FeatureSpec, ModelSpec, OptimizerSpec, Precision } from "../../src/core/model-spec.js";
import type { Tensor } from "../../src/core/tensor.js";
import { newModel } from "../../src/model/create.js";
import { plainLearner } from "../../src/model/learner.js";
import { loadState } from "../../src/model/load.js";
import { links } from "../../src/model/loss.js";
import type { ModelState } from "../../src/model/state.js";
import { describeWith } from "../support/external.js";
import { batchOf } from "../support/learner.js";

interface Hyperparameters {
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
  batch?: number;
  k?: number;
}
interface Reference {
  name: string;
  model: string;
  optimizer: string;
  hyperparameters: Hyperparameters;
  initial: Record<string, number | number[] | number[][] | Record<string, number[][] | number[]>> | string;
  predictions: number[];
  final: Record<string, number | number[] | number[][]>;
}
interface Data {
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

const supported = new Set(["sgd", "adagrad", "ftrl"]);
const models = new Set(["logistic_regression", "biased_matrix_factorization", "embedding_mlp"]);

describeWith("UNBATCH_REFERENCE", "learners.json", (folder) => {
  const reference = JSON.parse(readFileSync(join(folder, "learners.json"), "utf8")) as {
    data: Data;
    learners: Reference[];
  };
  const ours = reference.learners.filter((one) => models.has(one.model) && supported.has(one.optimizer));

  it("holds learners of every kind that this tool has", () => {
    expect(new Set(ours.map(({ model }) => model))).toEqual(models);
    expect(new Set(ours.map(({ optimizer }) => optimizer))).toEqual(supported);
  });

  for (const one of ours) {
    for (const [precision, tolerance] of [
      ["float64", 1e-12],
      ["float32", 1e-5],
    ] as const) {
      it(`${one.name}, ${precision}`, () => {
        const { predictions, state } = run(one, reference.data, reference.learners, precision);
        expect(predictions.length).toBe(one.predictions.length);
        expect(predictions.length).toBeGreaterThan(100);
        predictions.forEach((prediction, row) => {
          const difference = Math.abs(prediction - (one.predictions[row] ?? Number.NaN));
          expect(difference, `prediction ${row}`).toBeLessThanOrEqual(tolerance);
        });
        checkFinal(one, state, precision === "float64" ? 1e-11 : 1e-4);
      });
    }
  }
});

function run(
  one: Reference,
  data: Data,
  all: Reference[],
  precision: Precision,
): { predictions: number[]; state: ModelState } {
  const { spec, tensors, batch } = problem(one, data, all, precision);
  const model = { ...newModel(spec), tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])) };
  const state = loadState(model, new Map());
  const learner = plainLearner(state);
  const bound = learner.over(batch);
  const scores = new Float64Array(batch.rows);
  const size = spec.learner.batchSize;
  for (let from = 0; from < batch.rows; from += size) {
    const to = Math.min(from + size, batch.rows);
    bound.score(from, to, scores);
    bound.learn(from, to);
  }
  learner.flush();
  return { predictions: Array.from(scores, links[spec.learner.link].prediction), state };
}

function problem(one: Reference, data: Data, all: Reference[], precision: Precision) {
  if (one.model === "logistic_regression") return logisticRegression(one, data, precision);
  if (one.model === "embedding_mlp") return mlp(one, data, all, precision);
  return matrixFactorisation(one, data, precision);
}

function optimizerOf({ optimizer, hyperparameters: h }: Reference): OptimizerSpec {
  if (optimizer === "sgd") return { kind: "sgd", rate: h.lr ?? 0, l2: h.l2 ?? h.reg ?? 0 };
  if (optimizer === "ftrl") {
    const { alpha = 0, beta = 0, l1 = 0, l2 = 0 } = h;
    return { kind: "ftrl", rate: alpha, beta, l1, l2, initialAccumulator: 0 };
  }
  return {
    kind: "adagrad",
    rate: h.lr ?? 0,
    initialAccumulator: h.initial_accumulator ?? 0,
    epsilon: h.eps ?? 0,
    epsilonPlacement: h.eps_placement ?? "outside",
    l2: 0,
  };
}

const dense = (name: string): FeatureSpec => ({
  name,
  column: name,
  encoder: { kind: "dense", mean: 0, scale: 1, transform: "none", truncate: false, precision: "float64" },
});
const identity = (name: string, size: number): FeatureSpec => ({
  name,
  column: name,
  encoder: { kind: "identity", size, outOfRange: "reject" },
});
const tensor = (name: string, rows: number[][]): Tensor => ({
  name,
  shape: [rows.length, rows[0]?.length ?? 0],
  dtype: "float64",
  values: () => Float64Array.from(rows.flat()),
});

function logisticRegression(one: Reference, data: Data, precision: Precision) {
  const names = Array.from({ length: data.dim }, (_, index) => `x${index}`);
  const values = Object.fromEntries(
    names.map((name, index) => [
      name,
      data.indices.map((indices, row) => {
        const at = indices.indexOf(index);
        return at < 0 ? 0 : (data.values[row]?.[at] ?? Number.NaN);
      }),
    ]),
  );
  const optimizer = optimizerOf(one);
  const spec: ModelSpec = {
    family: "logistic-regression",
    features: names.map(dense),
    terms: [
      { kind: "bias", name: "bias" },
      { kind: "linear", name: "linear", features: names },
    ],
    learner: {
      link: "logistic",
      optimizers: { bias: optimizer.kind === "sgd" ? { ...optimizer, l2: 0 } : optimizer, linear: optimizer },
      batchSize: 1,
      precision,
      seed: 1,
    },
    newRows: {},
  };
  return { spec, tensors: [] as Tensor[], batch: batchOf({ labels: data.labels, values }) };
}

function matrixFactorisation(one: Reference, data: Data, precision: Precision) {
  const optimizer = optimizerOf(one);
  const initial = one.initial as Record<string, number[][]>;
  const column = (list: unknown): number[][] => (list as number[]).map((value) => [value]);
  const spec: ModelSpec = {
    family: "matrix-factorisation",
    features: [identity("user", data.n_users), identity("item", data.n_items)],
    terms: [
      { kind: "bias", name: "bias" },
      { kind: "linear", name: "linear", features: ["user", "item"] },
      { kind: "dot", name: "dot", left: "user", right: "item", width: one.hyperparameters.k ?? 0 },
    ],
    learner: {
      link: "squared",
      optimizers: { bias: { kind: "frozen" }, linear: optimizer, dot: optimizer },
      batchSize: 1,
      precision,
      seed: 1,
    },
    newRows: {},
  };
  const tensors = [
    tensor("bias/weight", [[one.hyperparameters.mu ?? Number.NaN]]),
    tensor("linear/user/weight", column(initial["user_bias"])),
    tensor("linear/item/weight", column(initial["item_bias"])),
    tensor("dot/user/weight", initial["user_factors"] ?? []),
    tensor("dot/item/weight", initial["item_factors"] ?? []),
  ];
  const batch = batchOf({ labels: data.ratings, codes: { user: data.users, item: data.items } });
  return { spec, tensors, batch };
}

function mlp(one: Reference, data: Data, all: Reference[], precision: Precision) {
  const initial = all.find(({ name }) => name === "mlp_sgd")?.initial as Record<string, number[][]>;
  const names = ["d0", "d1", "d2"];
  const row = (list: unknown): number[][] => [[list].flat() as number[]];
  const transposed = (matrix: number[][]): number[][] =>
    (matrix[0] ?? []).map((_, column) => matrix.map((line) => line[column] ?? Number.NaN));
  const spec: ModelSpec = {
    family: "deep",
    features: [identity("user", data.n_users), identity("item", data.n_items), ...names.map(dense)],
    terms: [
      {
        kind: "deep",
        name: "deep",
        inputs: [
          { kind: "embedding", feature: "user", width: 4 },
          { kind: "embedding", feature: "item", width: 4 },
          ...names.map((feature) => ({ kind: "dense", feature }) as const),
        ],
        layers: [
          { units: 8, activation: "relu" },
          { units: 4, activation: "relu" },
          { units: 1, activation: "linear" },
        ],
      },
    ],
    learner: {
      link: "logistic",
      optimizers: { deep: optimizerOf(one) },
      batchSize: one.hyperparameters.batch ?? 0,
      precision,
      seed: 1,
    },
    newRows: {},
  };
  const keys = Object.keys(initial);
  const kernel = (index: number): number[][] =>
    transposed(asMatrix(initial[`W${index}`] ?? initial[`w${index}`]));
  const tensors = [
    tensor("deep/user/weight", initial["emb_user"] ?? []),
    tensor("deep/item/weight", initial["emb_item"] ?? []),
    ...[1, 2, 3].flatMap((index) => [
      tensor(`deep/kernel_${index - 1}/weight`, kernel(index)),
      tensor(`deep/bias_${index - 1}/weight`, row(initial[`b${index}`])),
    ]),
  ];
  expect(keys.length).toBe(8);
  const values = Object.fromEntries(
    names.map((name, index) => [name, data.dense.map((line) => line[index] ?? 0)]),
  );
  const codes = { user: data.users, item: data.items };
  return { spec, tensors, batch: batchOf({ labels: data.labels_embedding, codes, values }) };
}

function asMatrix(values: unknown): number[][] {
  const list = values as number[] | number[][];
  return Array.isArray(list[0]) ? (list as number[][]) : [list as number[]];
}

/** Final weights of the kinds whose layout is plain: one list per table. */
function checkFinal(one: Reference, state: ModelState, tolerance: number): void {
  const pairs: [string, unknown][] =
    one.model === "embedding_mlp"
      ? [["deep/user", one.final["emb_user"]]]
      : one.model === "logistic_regression"
        ? (one.final["weights"] as number[]).map((weight, index) => [`linear/x${index}`, [weight]])
        : [["dot/item", one.final["item_factors"]]];
  expect(pairs.length).toBeGreaterThan(0);
  for (const [name, expected] of pairs) {
    const flat = (expected as number[] | number[][]).flat();
    expect(flat.length).toBeGreaterThan(0);
    const { weights } = state.table(name);
    flat.forEach((value, index) => {
      expect(Math.abs((weights[index] ?? Number.NaN) - value), `${name}[${index}]`).toBeLessThanOrEqual(
        tolerance,
      );
    });
  }
}
