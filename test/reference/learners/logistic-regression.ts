import type { ModelSpec } from "../../../src/core/model-spec.js";
import { batchOf } from "../../support/learner.js";
import { dense, optimizerOf, type ProblemOf, type ReferenceLearner } from "./problem.js";

/** One dense feature a coordinate, so that rows without it leave its weight alone; the bias is the last coordinate. */
export const logisticRegression: ProblemOf = (one, data, _all, precision) => {
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
  return { spec, tensors: [], batch: batchOf({ labels: data.labels, values }), final };
};

function final({ final: expected }: ReferenceLearner): [string, string, number[]][] {
  const { weights, bias, ...slots } = expected as Record<string, number[]>;
  const coordinate = (index: number): string => (index === weights?.length ? "bias" : `linear/x${index}`);
  const lists: [string, number[]][] = [
    ["weights", [weights ?? [], bias ?? []].flat()],
    ...Object.entries(slots),
  ];
  return lists.flatMap(([part, values]) =>
    values.map((value, index): [string, string, number[]] => [coordinate(index), part, [value]]),
  );
}
