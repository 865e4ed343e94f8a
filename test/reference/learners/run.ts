import type { Precision } from "../../../src/core/model-spec.js";
import type { Kernels } from "../../../src/core/wasm.js";
import { newModel } from "../../../src/model/create.js";
import { createLearner } from "../../../src/model/create-learner.js";
import { loadState } from "../../../src/model/load.js";
import { predictionOf } from "../../../src/model/loss.js";
import type { ModelState } from "../../../src/model/state.js";
import { embeddingMlp } from "./embedding-mlp.js";
import { factorisationMachine } from "./factorisation-machine.js";
import { logisticRegression } from "./logistic-regression.js";
import { matrixFactorisation } from "./matrix-factorisation.js";
import type { Problem, ProblemOf, ReferenceData, ReferenceLearner } from "./problem.js";

const PROBLEMS: Readonly<Record<string, ProblemOf>> = {
  logistic_regression: logisticRegression,
  biased_matrix_factorization: matrixFactorisation,
  embedding_mlp: embeddingMlp,
  factorization_machine: factorisationMachine,
};

export interface LearnerRun {
  problem: Problem;
  /** Before the update with the row, or with its batch. */
  predictions: number[];
  state: ModelState;
  kernel: string;
}

/** By the plain terms where there are no kernels, or none that knows the model. */
export function runLearner(
  one: ReferenceLearner,
  data: ReferenceData,
  all: readonly ReferenceLearner[],
  precision: Precision,
  kernels?: Kernels,
): LearnerRun {
  const problemOf = PROBLEMS[one.model];
  if (problemOf === undefined) throw new Error(`no learner for ${one.model}`);
  const problem = problemOf(one, data, all, precision);
  const { spec, batch } = problem;
  const tensors = new Map(problem.tensors.map((tensor) => [tensor.name, tensor]));
  const state = loadState({ ...newModel(spec), tensors }, new Map());
  const learner = createLearner(state, kernels);
  const bound = learner.over(batch);
  const scores = new Float64Array(batch.rows);
  const size = spec.learner.batchSize;
  for (let from = 0; from < batch.rows; from += size) {
    const to = Math.min(from + size, batch.rows);
    bound.score(from, to, scores);
    bound.learn(from, to);
  }
  learner.flush();
  const predictions = Array.from(scores, predictionOf(spec.learner.link));
  return { problem, predictions, state, kernel: learner.kernel };
}

/** A table's weights, or one of its slots. */
export function partOf(state: ModelState, name: string, part: string): ArrayLike<number> {
  const table = state.table(name);
  const values = part === "weights" ? table.weights : table.slots[table.optimizer.slotNames.indexOf(part)];
  return values === undefined ? [] : table.packed(values);
}
