import type { ModelSpec } from "../../../src/core/model-spec.js";
import { batchOf } from "../../support/learner.js";
import { identity, initialOf, optimizerOf, type ProblemOf, tensor } from "./problem.js";

const TABLES: Readonly<Record<string, string>> = {
  user_bias: "linear/user",
  item_bias: "linear/item",
  user_factors: "dot/user",
  item_factors: "dot/item",
};

export const matrixFactorisation: ProblemOf = (one, data, all, precision) => {
  const optimizer = optimizerOf(one);
  const initial = initialOf<Record<string, number[][]>>(one, all);
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
      batchSize: one.hyperparameters.batch ?? 1,
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
  return {
    spec,
    tensors,
    batch,
    final: ({ final }) =>
      Object.entries(final).map(([name, values]) => [TABLES[name] ?? name, "weights", [values].flat(2)]),
  };
};
