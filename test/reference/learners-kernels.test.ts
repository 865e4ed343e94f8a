import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadKernels } from "../../src/io/kernels.js";
import { describeWith } from "../support/external.js";
import type { ReferenceData, ReferenceLearner } from "./learners/problem.js";
import { partOf, runLearner } from "./learners/run.js";

/** What float32 arithmetic leaves after all updates. */
const TOLERANCE = 2e-5;

/** Adam of single rows, and every row of a table at every update, are the plain terms' alone. */
function kernelOf({ model, name, hyperparameters }: ReferenceLearner): string {
  if (model === "embedding_mlp") return hyperparameters.embeddings === "dense" ? "plain" : "wasm-deep";
  return name.startsWith("adam") ? "plain" : "wasm-sparse";
}

describeWith("UNBATCH_REFERENCE", "learners.json", (folder) => {
  const { data, learners } = JSON.parse(readFileSync(join(folder, "learners.json"), "utf8")) as {
    data: ReferenceData;
    learners: ReferenceLearner[];
  };
  const kernels = loadKernels();

  for (const one of learners) {
    it(`${one.name} in float32, by the fastest learner that knows it`, () => {
      const { predictions, state, problem, kernel } = runLearner(one, data, learners, "float32", kernels);
      expect(kernel).toBe(kernelOf(one));
      expect(predictions.length).toBeGreaterThan(100);
      predictions.forEach((prediction, row) => {
        const difference = Math.abs(prediction - (one.predictions[row] ?? Number.NaN));
        expect(difference, `prediction ${row}`).toBeLessThanOrEqual(TOLERANCE);
      });
      const final = problem.final(one);
      expect(final.length).toBeGreaterThan(3);
      for (const [table, part, values] of final) {
        values.forEach((value, index) => {
          const difference = Math.abs((partOf(state, table, part)[index] ?? Number.NaN) - value);
          const tolerance = TOLERANCE * Math.max(1, Math.abs(value));
          expect(difference, `${table} ${part}[${index}]`).toBeLessThanOrEqual(tolerance);
        });
      }
    });
  }
});
