import { UnbatchError } from "../core/errors.js";
import { elementCount, type Tensor } from "../core/tensor.js";
import type { Checkpoint } from "./checkpoint.js";
import { withOneOutput } from "./one-output.js";
import { withProjection } from "./projection.js";
import { vowpalWabbitTable } from "./vowpal-wabbit-table.js";

/** Names that scikit-learn's arrays, ONNX-ML's operators and XGBoost's gblinear have for weights and what is added. */
const LINEAR: readonly { format: RegExp; weights: RegExp; bias: RegExp; layout: Layout }[] = [
  { format: /./, weights: /(^|\/)coef(_|ficients)?$/, bias: /(^|\/)intercepts?_?$/, layout: "outputs-first" },
  { format: /^xgboost/, weights: /^weight$/, bias: /^bias$/, layout: "outputs-last" },
];

type Layout = "outputs-first" | "outputs-last";

/**
 * The checkpoint of a linear model with its weights as one number a row and a bias, whichever form its format has:
 * [outputs, inputs] of scikit-learn and ONNX-ML, [inputs, outputs] of gblinear, index and weight of Vowpal Wabbit. Of two
 * outputs the score is the second's (of a softmax: over the first); of more the one that `output` says. Vectors
 * of words get a layer on them; a network the output that is chosen. Any other checkpoint as it is. Nothing is decoded before it is asked for.
 * Errors: several outputs and none chosen, a Vowpal Wabbit table that is too large.
 */
export function plainTensors(checkpoint: Checkpoint, output: number | undefined, where: string): Checkpoint {
  if (checkpoint.format === "vowpal-wabbit-text") return vowpalWabbitTable(checkpoint, where);
  if (/^(word2vec|glove)/.test(checkpoint.format)) return withProjection(checkpoint);
  const { tensors } = checkpoint;
  for (const { format, weights: named, bias: added, layout } of LINEAR) {
    if (!format.test(checkpoint.format)) continue;
    const weights = [...tensors.values()].find(({ name, shape }) => named.test(name) && shape.length === 2);
    const bias = [...tensors.values()].find(({ name, shape }) => added.test(name) && shape.length === 1);
    const outputs = weights?.shape[layout === "outputs-first" ? 0 : 1] ?? 0;
    if (weights === undefined || (bias !== undefined && elementCount(bias.shape) !== outputs)) continue;
    const pick = chosen(checkpoint, outputs, output, where);
    const others = [...tensors].filter(
      ([name]) => name !== weights.name && name !== bias?.name && name !== "classes",
    );
    const plain = [
      oneOutput(weights, layout, pick),
      ...(bias === undefined ? [] : [oneOutput(bias, layout, pick)]),
    ];
    return { ...checkpoint, tensors: new Map([...plain.map((one) => [one.name, one] as const), ...others]) };
  }
  const isNetwork = output !== undefined && checkpoint.trees === undefined;
  return isNetwork ? withOneOutput(checkpoint, output, where) : checkpoint;
}

/** The output whose numbers are taken, and the one whose numbers are taken off. */
interface Pick {
  outputs: number;
  output: number;
  less: number | undefined;
}

function chosen(
  { hyperparameters }: Checkpoint,
  outputs: number,
  told: number | undefined,
  where: string,
): Pick {
  if (told !== undefined && told < outputs) return { outputs, output: told, less: undefined };
  if (told === undefined && outputs <= 2) {
    const isSoftmax = hyperparameters.get("softmax") === 1;
    return { outputs, output: outputs - 1, less: outputs === 2 && isSoftmax ? 0 : undefined };
  }
  throw new UnbatchError({
    where,
    found: told === undefined ? `a linear model of ${outputs} outputs` : `output ${told} of ${outputs}`,
    expected: `one of them, from 0 to ${outputs - 1}`,
    next: "choose one to go on with, as that class against the rest: checkpoint: { output: 0 } in unbatch.yaml",
  });
}

function oneOutput(tensor: Tensor, layout: Layout, { outputs, output, less }: Pick): Tensor {
  const rows = elementCount(tensor.shape) / outputs;
  const at = (one: number, row: number): number =>
    layout === "outputs-first" ? one * rows + row : row * outputs + one;
  return {
    name: tensor.name,
    shape: [rows],
    dtype: tensor.dtype,
    values: () => {
      const all = tensor.values();
      const taken = (one: number, row: number): number => Number(all[at(one, row)]);
      return Float64Array.from({ length: rows }, (_, row) =>
        less === undefined ? taken(output, row) : taken(output, row) - taken(less, row),
      );
    },
  };
}
