import type { ModelSpec } from "../../../src/core/model-spec.js";
import { batchOf } from "../../support/learner.js";
import {
  dense,
  identity,
  initialOf,
  optimizerOf,
  type ProblemOf,
  type ReferenceLearner,
  tensor,
} from "./problem.js";

export const embeddingMlp: ProblemOf = (one, data, all, precision) => {
  const initial = initialOf<Record<string, number[][]>>(one, all);
  const names = (data.dense[0] ?? []).map((_, index) => `d${index}`);
  const widthOf = (table: string): number => initial[table]?.[0]?.length ?? 0;
  const kernels = Object.keys(initial).filter((name) => /^W\d+$/.test(name));
  const row = (list: unknown): number[][] => [[list].flat() as number[]];
  const spec: ModelSpec = {
    family: "deep",
    features: [identity("user", data.n_users), identity("item", data.n_items), ...names.map(dense)],
    terms: [
      {
        kind: "deep",
        name: "deep",
        inputs: [
          { kind: "embedding", feature: "user", width: widthOf("emb_user") },
          { kind: "embedding", feature: "item", width: widthOf("emb_item") },
          ...names.map((feature) => ({ kind: "dense", feature }) as const),
        ],
        layers: kernels.map((_, index) => ({
          units: initial[`W${index + 1}`]?.length ?? 0,
          activation: index === kernels.length - 1 ? "linear" : "relu",
        })),
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
  const kernel = (index: number): number[][] => transposed(asMatrix(initial[`W${index}`]));
  const tensors = [
    tensor("deep/user/weight", initial["emb_user"] ?? []),
    tensor("deep/item/weight", initial["emb_item"] ?? []),
    ...kernels
      .map((_, index) => index + 1)
      .flatMap((index) => [
        tensor(`deep/kernel_${index - 1}/weight`, kernel(index)),
        tensor(`deep/bias_${index - 1}/weight`, row(initial[`b${index}`])),
      ]),
  ];
  const values = Object.fromEntries(
    names.map((name, index) => [name, data.dense.map((line) => line[index] ?? 0)]),
  );
  const codes = { user: data.users, item: data.items };
  return { spec, tensors, batch: batchOf({ labels: data.labels_embedding, codes, values }), final };
};

function final({ final: expected }: ReferenceLearner): [string, string, number[]][] {
  return Object.entries(expected).map(([name, values]) => [
    tableOf(name),
    "weights",
    (name.startsWith("W") ? transposed(asMatrix(values)) : [values]).flat(2),
  ]);
}

function tableOf(name: string): string {
  const layer = Number(name.slice(1)) - 1;
  if (name.startsWith("emb_")) return `deep/${name.slice(4)}`;
  return `deep/${name.startsWith("W") ? "kernel" : "bias"}_${layer}`;
}

/** [out][in] to [in][out]. */
function transposed(matrix: readonly (readonly number[])[]): number[][] {
  return (matrix[0] ?? []).map((_, column) => matrix.map((line) => line[column] ?? Number.NaN));
}

function asMatrix(values: unknown): number[][] {
  const list = values as number[] | number[][];
  return Array.isArray(list[0]) ? (list as number[][]) : [list as number[]];
}
