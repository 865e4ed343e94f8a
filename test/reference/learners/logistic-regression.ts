import type { ModelSpec } from "../../../src/core/model-spec.js";
import { batchOf } from "../../support/learner.js";
import {
  dense,
  initialOf,
  optimizerOf,
  type ProblemOf,
  type ReferenceData,
  type ReferenceLearner,
  tensor,
} from "./problem.js";

/** One dense feature a coordinate, so that rows without it leave its weight alone; the bias is the last coordinate. */
export const logisticRegression: ProblemOf = (one, data, all, precision) => {
  const { names, values } = coordinatesOf(data);
  const optimizer = optimizerOf(one);
  // SparseAdam for every coordinate, the bias too: then it is a weight of the value 1, since a bias is a dense tensor.
  const isSparse = optimizer.kind === "adam" && optimizer.touch === "lazy";
  if (isSparse) {
    names.push("one");
    values["one"] = data.labels.map(() => 1);
  }
  const spec: ModelSpec = {
    family: "logistic-regression",
    features: names.map(dense),
    terms: [
      ...(isSparse ? [] : [{ kind: "bias", name: "bias" } as const]),
      { kind: "linear", name: "linear", features: names },
    ],
    learner: {
      link: "logistic",
      optimizers: {
        linear: optimizer,
        ...(isSparse ? {} : { bias: optimizer.kind === "sgd" ? { ...optimizer, l2: 0 } : optimizer }),
      },
      batchSize: one.hyperparameters.batch ?? 1,
      precision,
      seed: 1,
    },
    newRows: {},
  };
  const bias = isSparse ? "linear/one" : "bias";
  const initial = initialOf<{ weights: number[]; bias: number }>(one, all);
  const tensors = [
    tensor(`${bias}/weight`, [[initial.bias]]),
    ...initial.weights.map((weight, index) => tensor(`linear/x${index}/weight`, [[weight]])),
  ];
  return {
    spec,
    tensors,
    batch: batchOf({ labels: data.labels, values }),
    final: (learner) => final(learner, bias),
  };
};

/** The rows' sparse features as columns: `x<i>`, 0 where a row has none. */
export function coordinatesOf(data: ReferenceData): { names: string[]; values: Record<string, number[]> } {
  const names = Array.from({ length: data.dim }, (_, index) => `x${index}`);
  const columns = names.map((name, index) => [
    name,
    data.indices.map((indices, row) => {
      const at = indices.indexOf(index);
      return at < 0 ? 0 : (data.values[row]?.[at] ?? Number.NaN);
    }),
  ]);
  return { names, values: Object.fromEntries(columns) as Record<string, number[]> };
}

function final({ final: expected }: ReferenceLearner, biasTable: string): [string, string, number[]][] {
  const { weights, bias, ...slots } = expected as Record<string, number[]>;
  const coordinate = (index: number): string => (index === weights?.length ? biasTable : `linear/x${index}`);
  const lists: [string, number[]][] = [
    ["weights", [weights ?? [], bias ?? []].flat()],
    ...Object.entries(slots),
  ];
  return lists.flatMap(([part, values]) =>
    values.map((value, index): [string, string, number[]] => [coordinate(index), part, [value]]),
  );
}
