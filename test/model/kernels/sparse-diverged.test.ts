import { expect, it } from "vitest";
import type { FeatureSpec, ModelSpec, OptimizerSpec, TermSpec } from "../../../src/core/model-spec.js";
import { loadKernels } from "../../../src/io/kernels.js";
import { newModel } from "../../../src/model/create.js";
import { createLearner } from "../../../src/model/create-learner.js";
import { type Learner, plainLearner } from "../../../src/model/learner.js";
import { loadState } from "../../../src/model/load.js";
import type { ModelState } from "../../../src/model/state.js";
import { divergenceOf } from "../../support/divergence.js";
import { batchOf } from "../../support/learner.js";

const kernels = loadKernels();
const IDS = ["a", "b", "c", "d", "e"];
const SIZE = 4;
const features: readonly FeatureSpec[] = IDS.map((name) => ({
  ...{ name, column: name },
  encoder: { kind: "identity", size: SIZE, outOfRange: "reject" },
}));
const names = ["c", "d", "e"];

const TERMS: readonly TermSpec[] = [
  { kind: "linear", name: "steep", features: IDS },
  { kind: "bias", name: "steep" },
  { kind: "factorisation", name: "steep", features: names, width: 4 },
  { kind: "factorisation", name: "steep", features: names, width: 12 },
  { kind: "factorisation", name: "steep", features: names, width: 3 },
  { kind: "dot", name: "steep", left: "b", right: "d", width: 8 },
  { kind: "dot", name: "steep", left: "b", right: "d", width: 5 },
];
const STEEP: readonly OptimizerSpec[] = [
  { kind: "sgd", rate: 3e38, l2: 0 },
  {
    ...{ kind: "adagrad", rate: 1e39, initialAccumulator: 1e-4, epsilon: 0, epsilonPlacement: "outside" },
    l2: 0,
  },
  { kind: "ftrl", rate: 1e39, beta: 1e-6, l1: 0, l2: 0, initialAccumulator: 1e-8 },
];

/** Beside the steep term another that is not. */
function stateOf(steep: TermSpec, optimizer: OptimizerSpec): ModelState {
  const gentle: TermSpec = { kind: "linear", name: "gentle", features: ["a", "b"] };
  const spec: ModelSpec = {
    ...{ family: "test", features, terms: [gentle, steep] },
    learner: {
      link: "squared",
      optimizers: { steep: optimizer, gentle: { kind: "sgd", rate: 1e-3, l2: 0 } },
      ...{ batchSize: 1, precision: "float32", seed: 1 },
    },
    newRows: {},
  };
  return loadState(newModel(spec), new Map());
}

/** Which numbers of the vectors are not 0, and so give others a gradient. */
const NUMBERS = {
  all: () => true,
  first: (k: number) => k === 0,
  last: (k: number, width: number) => k === width - 1,
  "all but d's": (_k: number, _width: number, table: string) => !table.endsWith("/d"),
  "first but d's": (k: number, _width: number, table: string) => k === 0 && !table.endsWith("/d"),
};
const cases = TERMS.flatMap((term) => STEEP.map((optimizer): [TermSpec, OptimizerSpec] => [term, optimizer]));

it.each(cases)(
  "%j under %j stops at the row that the plain terms stop at, by the same gradient",
  (term, optimizer) => {
    for (const [which, isOne] of Object.entries(NUMBERS)) {
      // A rate beyond float32 is infinite there, and infinity times a gradient of 0 is no number.
      if (optimizer.kind === "adagrad" && which !== "all") continue;
      const [plain, kernel] = [stateOf(term, optimizer), stateOf(term, optimizer)].map((state, index) => {
        // Other numbers in every row, so that no two have one gradient; all of them far from an end.
        for (const { name, width, weights } of state.tables)
          for (let at = 0; at < weights.length; at++)
            if (width > 1 && isOne(at % width, width, name))
              weights[at] = (1 + (at % 7) + name.length) / (16 + at);
        const learner: Learner = index === 0 ? plainLearner(state) : createLearner(state, kernels);
        expect(learner.kernel).toBe(index === 0 ? "plain" : "wasm-sparse");
        const row = (feature: number): number[] => [0, feature % SIZE, (feature + 2) % SIZE];
        const batch = batchOf({
          labels: [0, 0, 40],
          codes: Object.fromEntries(IDS.map((name, at) => [name, row(at)])),
          // The first two events teach nothing. Under Adagrad, whose rate is beyond float32, they are left out.
          weights: [0, 0, 2.5],
        });
        return divergenceOf(learner, () =>
          learner.over(batch).learn(optimizer.kind === "adagrad" ? 2 : 0, 3),
        );
      });
      expect(kernel?.place, which).toBe(plain?.place);
      expect(plain?.place).toMatch(/^term steep.*, update [13]$/);
      expect(Math.abs((kernel?.norm ?? 0) / (plain?.norm ?? 1) - 1), which).toBeLessThan(1e-5);
    }
  },
);
