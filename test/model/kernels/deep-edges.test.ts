import { afterEach, expect, it, vi } from "vitest";
import type { FeatureSpec, ModelSpec, OptimizerSpec } from "../../../src/core/model-spec.js";
import { seededRandom } from "../../../src/core/random.js";
import { type Kernels, kernelMath } from "../../../src/core/wasm.js";
import { loadKernels } from "../../../src/io/kernels.js";
import { newModel } from "../../../src/model/create.js";
import { createLearner } from "../../../src/model/create-learner.js";
import { type Learner, plainLearner } from "../../../src/model/learner.js";
import { loadState } from "../../../src/model/load.js";
import type { ModelState } from "../../../src/model/state.js";
import { divergenceOf } from "../../support/divergence.js";
import { batchOf } from "../../support/learner.js";
import { draw } from "../../support/model-arbitraries.js";
import { deepOf, FEATURES, specOf } from "../../support/models.js";

const kernels = loadKernels();
const SGD: OptimizerSpec = { kind: "sgd", rate: 0.5, l2: 0.5 };
const ADAGRAD: OptimizerSpec = {
  ...{ kind: "adagrad", rate: 0.05, initialAccumulator: 0.1, epsilon: 1e-3, epsilonPlacement: "inside" },
  l2: 0,
};

/** In float32, its layers and vectors of noise. */
function noisy(spec: ModelSpec, ...tables: readonly string[]): ModelSpec {
  return {
    ...spec,
    learner: { ...spec.learner, precision: "float32" },
    newRows: Object.fromEntries(tables.map((name) => [name, { noise: 0.5 }])),
  };
}
const stateOf = (spec: ModelSpec): ModelState => loadState(newModel(spec), new Map());
function kernelOf(spec: ModelSpec, by: Kernels = kernels): Learner {
  const learner = createLearner(stateOf(spec), by);
  expect(learner.kernel).toBe("wasm-deep");
  return learner;
}

afterEach(() => void vi.restoreAllMocks());

it("leaves an input's weights alone that is 0 in every event of a batch, whatever an earlier batch had there", () => {
  const term = deepOf(
    [
      { kind: "dense", feature: "price" },
      { kind: "dense", feature: "age" },
    ],
    [5],
    "relu",
  );
  const spec = noisy(specOf([term], { optimizer: SGD, batchSize: 3 }), "deep/kernel_0", "deep/kernel_1");
  const learner = kernelOf(spec);
  const [width, at] = [5, 1];
  const ages = (): number[] =>
    Array.from(learner.state.table("deep/kernel_0").weights.slice(at * width, (at + 1) * width));
  const learn = (age: readonly number[]): void => {
    const batch = batchOf({ labels: age.map(() => 1), codes: {}, values: { price: age.map(() => 1), age } });
    learner.over(batch).learn(0, age.length);
    learner.flush();
  };
  learn([0, 0, 4]);
  const before = ages();
  learn([0, 0]);
  expect(ages()).toEqual(before);
  expect(new Set(before).size).toBe(width);
  learn([0, 0.1]);
  expect(ages()).not.toEqual(before);
});

it("learns tables of more rows than all else takes", () => {
  const size = 60_000;
  const features = FEATURES.map(
    (feature): FeatureSpec =>
      feature.name === "user"
        ? { ...feature, encoder: { kind: "identity", size, outOfRange: "reject" } }
        : feature,
  );
  const term = deepOf(
    [
      { kind: "embedding", feature: "user", width: 3 },
      { kind: "dense", feature: "price" },
    ],
    [6],
    "tanh",
  );
  const spec = noisy(
    specOf([term, { kind: "linear", name: "linear", features: ["user"] }], {
      ...{ features, optimizer: ADAGRAD, batchSize: 50 },
    }),
    ...["deep/user", "deep/kernel_0", "deep/kernel_1"],
  );
  const random = seededRandom(2);
  const rows = Array.from({ length: 300 }, (_, row) => row);
  const batch = batchOf({
    labels: rows.map((row) => row % 2),
    codes: {
      user: rows.map((row) => (row % 3 === 0 ? size - 1 - row : Math.floor(size * random.uniform()))),
    },
    values: { price: rows.map(() => random.normal()) },
  });
  const [kernel, plain] = [kernelOf(spec), plainLearner(stateOf(spec))];
  for (const learner of [kernel, plain]) learner.over(batch).learn(0, rows.length);
  let moved = 0;
  for (const table of plain.state.tables) {
    const own = kernel.state.table(table.name).weights;
    const off = Array.from(table.weights, (value, at) => Math.abs((own[at] ?? Number.NaN) - value));
    expect(
      off.reduce((most, one) => Math.max(most, one), 0),
      table.name,
    ).toBeLessThan(24 * 2 ** -23);
    moved += table.weights.filter((value) => value !== 0).length;
  }
  expect(moved).toBeGreaterThan(size);
});

it("gives each half of the work half of the events", () => {
  const term = deepOf([{ kind: "embedding", feature: "user", width: 2 }], [3], "relu");
  let offered = 0;
  for (const batchSize of [64, 65, 71, 130, 300]) {
    const exp = vi.spyOn(kernelMath, "exp");
    // The logistic link's own, once an event.
    const events: number[] = [];
    const learner = kernelOf(noisy(specOf([term], { batchSize }), "deep/user", "deep/kernel_0"), {
      ...kernels,
      secondThread: {
        inTwo: (_kernel, { task }, run) => {
          for (const half of [0, 1] as const) {
            const before = exp.mock.calls.length;
            run(half);
            if (task === "learnHalf") events.push(exp.mock.calls.length - before);
          }
        },
        cpuSeconds: () => 0,
      },
    });
    learner.over(draw(batchSize, batchSize, "logistic")).learn(0, batchSize);
    const [first = 0, second = 0] = events;
    expect(events).toHaveLength(2);
    expect(first + second).toBe(batchSize);
    expect(Math.abs(first - second)).toBeLessThan(8);
    offered += events.length;
  }
  expect(offered).toBe(10);
});

it.each([
  [[0, 1, 1], 1],
  [[0, 0, 1], 2],
  [[1, 1, 1], 0],
])(
  "of rows that diverge in both halves, names the first: of events of weight %j user %i's",
  (weights, row) => {
    const term = deepOf([{ kind: "embedding", feature: "user", width: 5 }], [3], "linear");
    const layers: OptimizerSpec = { kind: "frozen" };
    const wide = noisy(
      specOf([term], { optimizer: { kind: "sgd", rate: 3e38, l2: 0 }, batchSize: 3, link: "squared" }),
      ...["deep/user", "deep/kernel_0", "deep/kernel_1"],
    );
    const optimizers = { ...wide.learner.optimizers, "deep/layers": layers };
    const spec = { ...wide, learner: { ...wide.learner, optimizers } };
    const batch = batchOf({ labels: [1e4, 1e4, 1e4], codes: { user: [0, 1, 2] }, weights });
    const [plain, kernel] = [plainLearner(stateOf(spec)), kernelOf(spec)].map((learner) =>
      divergenceOf(learner, () => learner.over(batch).learn(0, 3)),
    );
    expect(kernel?.place).toBe(`term deep, user, row ${row}, update 1`);
    expect(kernel?.place).toBe(plain?.place);
    expect(Math.abs((kernel?.norm ?? 0) / (plain?.norm ?? 1) - 1)).toBeLessThan(1e-5);
  },
);
