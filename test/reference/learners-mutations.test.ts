import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeWith } from "../support/external.js";
import { learnersCheck } from "./checks/learners.js";
import type { ReferenceData, ReferenceLearner } from "./learners/problem.js";
import { unnoticedMutations } from "./mutations.js";

/** Every learner's results; of long lists one number in `SPARSE`. */
const RESULTS = ["predictions", "mean_log_loss", "mae", "rmse", "batch_losses", "final"];
const SPARSE = 23;

describeWith("UNBATCH_REFERENCE", "learners.json with one expected number changed", (folder) => {
  const { data, learners } = JSON.parse(readFileSync(join(folder, "learners.json"), "utf8")) as {
    data: ReferenceData;
    learners: ReferenceLearner[];
  };

  for (const one of learners) {
    it(`${one.name}: every kind of number is noticed`, async () => {
      // Some begin "as mlp_sgd", which must then be in the document, with nothing to compare.
      const first = learners.find(({ name }) => name === "mlp_sgd");
      const begin = first === undefined ? [] : [{ ...first, name: "mlp_sgd", final: {}, batch_losses: [] }];
      const list = typeof one.initial === "string" ? [...begin, one] : [one];
      const { tried, unnoticed } = await unnoticedMutations(
        learnersCheck,
        { data, learners: list },
        {
          isExpected: (path) =>
            path[1] === list.length - 1 &&
            RESULTS.includes(String(path[2])) &&
            path.slice(3).every((key) => typeof key !== "number" || key % SPARSE === 0 || key < 2),
          perKind: 2,
        },
      );
      expect(unnoticed).toEqual([]);
      expect(tried).toBeGreaterThan(12);
    });
  }
});
