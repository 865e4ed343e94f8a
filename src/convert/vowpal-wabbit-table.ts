import { UnbatchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { VOWPAL_WABBIT_CONSTANT } from "../model/encoders/vowpal-wabbit-hash.js";
import type { Checkpoint, OptimizerSlots } from "./checkpoint.js";

/** 2 GiB of doubles, and as much for each slot. */
const MOST_BITS = 28;
/**
 * Reductions, pairs and hashes of numbers, whose indices are not the hash of one feature as texts are hashed; --interact
 * keeps those of its first namespace.
 */
const BEYOND =
  /(^|\s)(-q|--quadratic|--cubic|--interactions?|--ngram|--skips|--affix|--spelling|--dictionary|--nn|--rank|--new_mf|--gd_mf|--mf|--lrq(?:fa)?|--lda|--ksvm|--cb\w*|--ccb\w*|--cats\w*|--automl|--oaa|--multilabel_oaa|--oaa_subsample|--ect|--csoaa\w*|--wap\w*|--log_multi|--recall_tree|--memory_tree|--plt|--search|--boosting|--bootstrap|--autolink|--stage_poly|--OjaNewton|--marginal|--slates|--freegrad|--hash all)(\s|=|$)/;
/** Learners whose numbers beside a weight are no sums of squared gradients. */
const OTHER_LEARNER =
  /(^|\s)(--ftrl|--pistol|--coin|--coin_betting|--bfgs|--conjugate_gradient|--svrg)(\s|=|$)/;

/**
 * A table of 2^bits weights from Vowpal Wabbit's indices and weights, and its constant as the bias; adaptive slots as an
 * Adagrad's, whose sums of squares they are. Errors: pairs of features or a reduction, more than 2^28 rows.
 */
export function vowpalWabbitTable(checkpoint: Checkpoint, where: string): Checkpoint {
  const { tensors, hyperparameters, notes, slots } = checkpoint;
  const beyond = notes.map((note) => BEYOND.exec(note)?.[2]).find((option) => option !== undefined);
  if (beyond !== undefined) {
    throw new UnbatchError({
      where,
      found: `a Vowpal Wabbit model trained with ${beyond}, whose weights are not of the texts of single features`,
      expected: "a linear model of features and a constant",
      next: "learn on top of its logged score with an `offset` term, or train it with the pairs as features of their own",
    });
  }
  const bits = hyperparameters.get("bits") ?? 18;
  if (bits > MOST_BITS) {
    throw new UnbatchError({
      where,
      found: `2^${bits} rows: ${2 ** (bits - 27)} GiB of weights alone`,
      expected: `at most 2^${MOST_BITS}`,
      next: `train with -b ${MOST_BITS} or less`,
    });
  }
  const rows = 2 ** bits;
  const index = tensors.get("index");
  const table = (name: string, from: Tensor | undefined, otherwise: number): Tensor => ({
    name,
    shape: [rows],
    dtype: "float64",
    values: () => {
      const values = new Float64Array(rows).fill(otherwise);
      const sparse = from?.values() ?? [];
      index?.values().forEach((row, at) => {
        values[Number(row)] = Number(sparse[at] ?? otherwise);
      });
      return values;
    },
  });
  const weights = table("weight", tensors.get("weight"), 0);
  const constantRow = VOWPAL_WABBIT_CONSTANT % rows;
  const constant: Tensor = {
    ...{ name: "constant", shape: [1], dtype: "float64" },
    values: () => Float64Array.of(Number(weights.values()[constantRow])),
  };
  const learner = notes.map((note) => OTHER_LEARNER.exec(note)?.[2]).find((option) => option !== undefined);
  const adaptive =
    learner !== undefined
      ? undefined
      : slots.flatMap(({ slots }) => [...slots]).find(([name]) => name === "adaptive")?.[1];
  const saved: OptimizerSlots[] =
    adaptive === undefined
      ? []
      : [
          {
            optimizer: "adagrad",
            tensor: "weight",
            slots: new Map([["accumulator", table("adaptive", adaptive, 0)]]),
          },
        ];
  return {
    ...checkpoint,
    tensors: new Map([
      [constant.name, constant],
      [weights.name, weights],
    ]),
    slots: saved,
    notes:
      learner === undefined || slots.length === 0
        ? notes
        : [...notes, `slots of ${learner}, which are no sums of squared gradients: left alone`],
  };
}
