import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeWith } from "../support/external.js";
import type { ReferenceData, ReferenceLearner } from "./learners/problem.js";
import { partOf, runLearner } from "./learners/run.js";

/** Tighter than the tally, and in both precisions: what the state's precision leaves after all updates. */
describeWith("UNBATCH_REFERENCE", "learners.json", (folder) => {
  const { data, learners } = JSON.parse(readFileSync(join(folder, "learners.json"), "utf8")) as {
    data: ReferenceData;
    learners: ReferenceLearner[];
  };

  it("holds learners of every kind", () => {
    expect(new Set(learners.map(({ model }) => model)).size).toBe(4);
    expect(new Set(learners.map(({ optimizer }) => optimizer)).size).toBe(4);
  });

  for (const one of learners) {
    for (const [precision, tolerance, finalTolerance] of [
      ["float64", 1e-12, 1e-12],
      ["float32", 1e-5, 1e-4],
    ] as const) {
      it(`${one.name}, ${precision}`, () => {
        const { predictions, state, problem } = runLearner(one, data, learners, precision);
        expect(predictions.length).toBe(one.predictions.length);
        expect(predictions.length).toBeGreaterThan(100);
        predictions.forEach((prediction, row) => {
          const difference = Math.abs(prediction - (one.predictions[row] ?? Number.NaN));
          expect(difference, `prediction ${row}`).toBeLessThanOrEqual(tolerance);
        });
        const final = problem.final(one);
        expect(final.length).toBeGreaterThan(3);
        for (const [table, part, values] of final) {
          values.forEach((value, index) => {
            const difference = Math.abs((partOf(state, table, part)[index] ?? Number.NaN) - value);
            expect(difference, `${table} ${part}[${index}]`).toBeLessThanOrEqual(
              finalTolerance * Math.max(1, Math.abs(value)),
            );
          });
        }
      });
    }
  }
});
