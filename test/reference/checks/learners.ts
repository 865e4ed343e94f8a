import { estimate, type Figure } from "../../../src/core/figure.js";
import { logLoss } from "../../../src/measure/log-loss.js";
import { meanAbsoluteError, rootMeanSquaredError } from "../../../src/measure/squared-error.js";
import type { Check } from "../check.js";
import type { ReferenceData, ReferenceLearner } from "../learners/problem.js";
import { type LearnerRun, partOf, runLearner } from "../learners/run.js";
import type { Tally } from "../tally.js";

/** The plain terms with a float64 state. */
export const learnersCheck: Check = {
  file: "learners.json",
  run(document, tally) {
    const { data, learners } = document as { data: ReferenceData; learners: ReferenceLearner[] };
    for (const one of learners) {
      checkLearner(one, runLearner(one, data, learners, "float64"), tally);
    }
  },
};

function checkLearner(one: ReferenceLearner, run: LearnerRun, tally: Tally): void {
  const { predictions, problem } = run;
  tally.same(`${one.name}: predictions`, predictions.length, one.predictions.length);
  one.predictions.forEach((expected, row) => {
    tally.near(`${one.name}: prediction ${row}`, predictions[row], expected);
  });
  const scored = { predictions: Float64Array.from(predictions), labels: problem.batch.label };
  const means: [string, () => Figure, number | undefined][] = [
    ["mean_log_loss", () => logLoss(scored), one.mean_log_loss],
    ["mae", () => meanAbsoluteError(scored), one.mae],
    ["rmse", () => rootMeanSquaredError(scored), one.rmse],
  ];
  for (const [name, figure, expected] of means) {
    if (expected !== undefined) tally.near(`${one.name}: ${name}`, figure(), expected);
  }
  one.batch_losses?.forEach((expected, batch) => {
    tally.near(`${one.name}: loss of batch ${batch}`, batchLoss(run, batch), expected);
  });
  for (const [table, part, values] of problem.final(one)) {
    const found = partOf(run.state, table, part);
    values.forEach((expected, index) => {
      tally.near(`${one.name}: ${table} ${part}[${index}]`, found[index], expected);
    });
  }
}

function batchLoss({ predictions, problem }: LearnerRun, batch: number): Figure {
  const size = problem.spec.learner.batchSize;
  const rows = predictions.slice(batch * size, (batch + 1) * size);
  const labels = problem.batch.label.slice(batch * size, (batch + 1) * size);
  if (rows.length === 0) return estimate(Number.NaN, 0, "log loss");
  return logLoss({ predictions: Float64Array.from(rows), labels });
}
