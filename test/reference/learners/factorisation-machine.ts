import type { ModelSpec } from "../../../src/core/model-spec.js";
import { batchOf } from "../../support/learner.js";
import { coordinatesOf } from "./logistic-regression.js";
import { dense, initialOf, optimizerOf, type ProblemOf, type ReferenceLearner, tensor } from "./problem.js";

/** One dense feature a coordinate, with its weight and its vector; the bias stands alone. */
export const factorisationMachine: ProblemOf = (one, data, all, precision) => {
  const { names, values } = coordinatesOf(data);
  const initial = initialOf<{ bias: number; weights: number[]; factors: number[][] }>(one, all);
  const optimizer = optimizerOf(one);
  const spec: ModelSpec = {
    family: "factorisation-machine",
    features: names.map(dense),
    terms: [
      { kind: "bias", name: "bias" },
      { kind: "linear", name: "linear", features: names },
      { kind: "factorisation", name: "fm", features: names, width: one.hyperparameters.k ?? 0 },
    ],
    learner: {
      link: "logistic",
      optimizers: { bias: optimizer, linear: optimizer, fm: optimizer },
      batchSize: one.hyperparameters.batch ?? 1,
      precision,
      seed: 1,
    },
    newRows: {},
  };
  const tensors = [
    tensor("bias/weight", [[initial.bias]]),
    ...names.flatMap((name, index) => [
      tensor(`linear/${name}/weight`, [[initial.weights[index] ?? Number.NaN]]),
      tensor(`fm/${name}/weight`, [initial.factors[index] ?? []]),
    ]),
  ];
  return { spec, tensors, batch: batchOf({ labels: data.labels, values }), final };
};

/** `bias`, `weights`, `factors`, and `<slot>_bias`, `<slot>_weights`, `<slot>_factors`. */
function final({ final: expected }: ReferenceLearner): [string, string, number[]][] {
  return Object.entries(expected).flatMap(([key, found]): [string, string, number[]][] => {
    const [, slot, part] = /^(?:(.+)_)?(bias|weights|factors)$/.exec(key) ?? [];
    const term = part === "weights" ? "linear" : "fm";
    const list: readonly (number | number[])[] = typeof found === "number" ? [found] : found;
    return list.map((values, index) => [
      part === "bias" ? "bias" : `${term}/x${index}`,
      slot ?? "weights",
      [values].flat(),
    ]);
  });
}
