import fc from "fast-check";
import { expect, it } from "vitest";
import type { DeepInput, ModelSpec, OptimizerSpec, TermSpec } from "../../../src/core/model-spec.js";
import { loadKernels } from "../../../src/io/kernels.js";
import { newModel } from "../../../src/model/create.js";
import { createLearner } from "../../../src/model/create-learner.js";
import { type Learner, plainLearner } from "../../../src/model/learner.js";
import { loadState } from "../../../src/model/load.js";
import type { ModelState } from "../../../src/model/state.js";
import { draw } from "../../support/model-arbitraries.js";
import { deepOf, specOf } from "../../support/models.js";

const kernels = loadKernels();
const OPTIMIZERS: readonly OptimizerSpec[] = [
  { kind: "sgd", rate: 0.05, l2: 0, clipNorm: 0.02 },
  { kind: "sgd", rate: 0.05, l2: 0.01, momentum: 0.5 },
  {
    ...{ kind: "adagrad", rate: 0.05, initialAccumulator: 0.1, epsilon: 1e-3, epsilonPlacement: "inside" },
    l2: 0,
  },
  {
    ...{ kind: "adam", rate: 0.01, beta1: 0.8, beta2: 0.9, epsilon: 1e-2, touch: "lazy" },
    l2: 0.01,
  },
  {
    ...{ kind: "adagrad", rate: 0.05, initialAccumulator: 0.1, epsilon: 1e-3, epsilonPlacement: "outside" },
    ...{ l2: 0.01, l1: 0.001, rateFloor: 0.01 },
  },
  {
    ...{ kind: "rowwise-adagrad", rate: 0.05, initialAccumulator: 0.1, epsilon: 1e-3 },
    ...{ epsilonPlacement: "outside", l2: 0.01, l1: 0.001 },
  },
  { kind: "ftrl", rate: 0.05, beta: 1, l1: 0.01, l2: 0.01, initialAccumulator: 0.1 },
];
/** As large as the layers of a network that is used: tiles of every kind, and what is left beside them. */
const SIZES = [1, 3, 4, 5, 15, 16, 17, 20, 31, 32, 33, 48, 64, 70];
const WIDTHS = [1, 2, 4, 7, 16, 19];
const NAMES = ["user", "item", "price", "age"];

interface Shape {
  widths: readonly [number, number];
  /** Of a factorisation beside the network. */
  pairs: number;
  hidden: readonly number[];
  optimizer: OptimizerSpec;
  batchSize: number;
}

function specOfShape({ widths: [user, item], pairs, hidden, optimizer, batchSize }: Shape): ModelSpec {
  const inputs: DeepInput[] = [
    { kind: "embedding", feature: "user", width: user },
    { kind: "dense", feature: "price" },
    { kind: "embedding", feature: "item", width: item },
    { kind: "dense", feature: "age" },
  ];
  const fm: TermSpec = { kind: "factorisation", name: "fm", features: NAMES, width: pairs };
  const spec = specOf([deepOf(inputs, hidden, "tanh"), fm], { optimizer, batchSize });
  const fanIns = [user + item + 2, ...hidden];
  return {
    ...spec,
    learner: { ...spec.learner, precision: "float32" },
    newRows: Object.fromEntries([
      ...["user", "item"].map((part) => [`deep/${part}`, { noise: 0.5 }]),
      ...NAMES.map((part) => [`fm/${part}`, { noise: 0.2 }]),
      ...fanIns.map((fanIn, index) => [`deep/kernel_${index}`, { noise: 1 / Math.sqrt(fanIn) }]),
    ]),
  };
}

const valuesOf = ({ tables }: ModelState): Map<string, ArrayLike<number>> =>
  new Map(tables.map((table) => [table.name, table.packed(table.weights)]));

it("learns layers and vectors of any size as the plain terms do, to 4 ulp of float32 an update, and scores a row by itself as in a block", () => {
  const size = fc.constantFrom(...SIZES);
  const shapes: fc.Arbitrary<Shape> = fc.record({
    widths: fc.tuple(fc.constantFrom(...WIDTHS), fc.constantFrom(...WIDTHS)),
    pairs: fc.constantFrom(...WIDTHS),
    hidden: fc.array(size, { minLength: 1, maxLength: 3 }),
    optimizer: fc.constantFrom(...OPTIMIZERS),
    batchSize: fc.integer({ min: 1, max: 150 }),
  });
  let compared = 0;
  fc.assert(
    fc.property(shapes, fc.integer({ min: 1, max: 200 }), fc.integer(), (shape, rows, seed) => {
      const spec = specOfShape(shape);
      const batch = draw(seed, rows, "logistic");
      const learn = (create: (state: ModelState) => Learner): Learner => {
        const learner = create(loadState(newModel(spec), new Map()));
        learner.over(batch).learn(0, rows);
        learner.flush();
        return learner;
      };
      const [kernel, plain] = [learn((state) => createLearner(state, kernels)), learn(plainLearner)];
      expect(kernel.kernel).toBe("wasm-deep");
      const most = 4 * Math.ceil(rows / shape.batchSize) * 2 ** -23;
      const expected = valuesOf(plain.state);
      for (const [name, values] of valuesOf(kernel.state)) {
        const own = expected.get(name) ?? [];
        const off = Array.from(values, (value, at) => {
          const other = own[at] ?? Number.NaN;
          return Math.abs(value - other) / Math.max(1, Math.abs(other));
        });
        expect(Math.max(...off), name).toBeLessThanOrEqual(most);
        compared += values.length;
        const [found = 0, squares = 0] = [kernel, plain].map(({ state }) =>
          state.table(name).takeGradientSquares(),
        );
        expect(Math.abs(found - squares), name).toBeLessThanOrEqual(1e-4 * squares + 1e-9);
      }
      const bound = kernel.over(batch);
      const [block, alone] = [new Float64Array(rows), new Float64Array(rows)];
      bound.score(0, rows, block);
      for (let row = 0; row < rows; row++) bound.score(row, row + 1, alone);
      expect(alone).toEqual(block);
    }),
    { numRuns: 160, seed: 3 },
  );
  expect(compared).toBeGreaterThan(100_000);
});
