import type { ModelSpec } from "../../../src/core/model-spec.js";
import { batchOf } from "../../support/learner.js";
import { dense, identity, optimizerOf, type ProblemOf, type ReferenceLearner, tensor } from "./problem.js";

const NAMES = ["d0", "d1", "d2"];

export const embeddingMlp: ProblemOf = (one, data, all, precision) => {
  const initial = all.find(({ name }) => name === "mlp_sgd")?.initial as Record<string, number[][]>;
  const row = (list: unknown): number[][] => [[list].flat() as number[]];
  const spec: ModelSpec = {
    family: "deep",
    features: [identity("user", data.n_users), identity("item", data.n_items), ...NAMES.map(dense)],
    terms: [
      {
        kind: "deep",
        name: "deep",
        inputs: [
          { kind: "embedding", feature: "user", width: 4 },
          { kind: "embedding", feature: "item", width: 4 },
          ...NAMES.map((feature) => ({ kind: "dense", feature }) as const),
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
  const kernel = (index: number): number[][] => transposed(asMatrix(initial[`W${index}`]));
  const tensors = [
    tensor("deep/user/weight", initial["emb_user"] ?? []),
    tensor("deep/item/weight", initial["emb_item"] ?? []),
    ...[1, 2, 3].flatMap((index) => [
      tensor(`deep/kernel_${index - 1}/weight`, kernel(index)),
      tensor(`deep/bias_${index - 1}/weight`, row(initial[`b${index}`])),
    ]),
  ];
  const values = Object.fromEntries(
    NAMES.map((name, index) => [name, data.dense.map((line) => line[index] ?? 0)]),
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
