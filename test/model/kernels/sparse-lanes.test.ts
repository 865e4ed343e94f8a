import fc from "fast-check";
import { expect, it } from "vitest";
import type { FeatureSpec, ModelSpec, OptimizerSpec, TermSpec } from "../../../src/core/model-spec.js";
import { loadKernels } from "../../../src/io/kernels.js";
import type { EventBatch } from "../../../src/model/batch.js";
import { newModel } from "../../../src/model/create.js";
import { createLearner } from "../../../src/model/create-learner.js";
import { plainLearner } from "../../../src/model/learner.js";
import { loadState } from "../../../src/model/load.js";
import type { ModelState } from "../../../src/model/state.js";
import { batchOf } from "../../support/learner.js";

const kernels = loadKernels();
/** As many as fill the four lanes of two steps, and one more. */
const IDS = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
const NUMBERS = ["x", "y"];
const ROWS = 3;
const features: readonly FeatureSpec[] = [
  ...IDS.map(
    (name): FeatureSpec => ({
      ...{ name, column: name },
      encoder: { kind: "identity", size: ROWS, outOfRange: "reject" },
    }),
  ),
  ...NUMBERS.map(
    (name): FeatureSpec => ({
      ...{ name, column: name },
      encoder: { kind: "dense", mean: 0, scale: 1, transform: "none", truncate: false, precision: "float64" },
    }),
  ),
];

const l2 = fc.constantFrom(0, 0.05);
const rate = fc.double({ min: 0.01, max: 0.4, noNaN: true });
const optimizer: fc.Arbitrary<OptimizerSpec> = fc.oneof(
  fc.record({
    kind: fc.constant("adagrad" as const),
    ...{ rate, l2, initialAccumulator: fc.constantFrom(0.1, 1), epsilon: fc.constantFrom(1e-10, 0.05) },
    epsilonPlacement: fc.constantFrom("inside" as const, "outside" as const),
    warmUpSteps: fc.constantFrom(undefined, 5),
  }),
  fc.record({
    kind: fc.constant("ftrl" as const),
    ...{ rate, l2, beta: fc.constantFrom(0.5, 1), l1: fc.constantFrom(0, 0.05) },
    initialAccumulator: fc.constantFrom(0, 0.1),
  }),
  fc.record({ kind: fc.constant("sgd" as const), rate, l2 }),
);
const names = fc.shuffledSubarray([...IDS, ...NUMBERS], { minLength: 1 });
const vectors: fc.Arbitrary<TermSpec> = fc.oneof(
  fc.record({
    kind: fc.constant("factorisation" as const),
    name: fc.constant("vectors"),
    ...{ features: fc.shuffledSubarray([...IDS, ...NUMBERS], { minLength: 2 }) },
    width: fc.constantFrom(4, 8, 12, 16, 20),
  }),
  fc.constantFrom(4, 8, 12, 20).map((width): TermSpec => {
    return { kind: "dot", name: "vectors", left: "b", right: "g", width };
  }),
);
const models = fc.record({
  ...{ names, vectors, biasFirst: fc.boolean(), biasAlike: fc.boolean() },
  optimizers: fc.tuple(optimizer, optimizer, optimizer),
});
type Model = typeof models extends fc.Arbitrary<infer T> ? T : never;

function stateOf({ names, vectors, biasFirst, biasAlike, optimizers }: Model): ModelState {
  const [linear, bias, own] = optimizers;
  const weights: TermSpec[] = [
    { kind: "bias", name: "bias" },
    { kind: "linear", name: "linear", features: names },
  ];
  const spec: ModelSpec = {
    ...{ family: "test", features, terms: [...(biasFirst ? weights : weights.reverse()), vectors] },
    learner: {
      link: "logistic",
      optimizers: { linear, bias: biasAlike ? linear : bias, vectors: own },
      ...{ batchSize: 1, precision: "float32", seed: 1 },
    },
    newRows: Object.fromEntries(
      [...IDS, ...NUMBERS].flatMap((name) => [
        [`vectors/${name}`, { noise: 0.3 }],
        [`linear/${name}`, { noise: 0.3 }],
      ]),
    ),
  };
  return loadState(newModel(spec), new Map());
}

const events = fc.array(
  fc.record({
    codes: fc.array(fc.integer({ min: 0, max: ROWS - 1 }), { minLength: IDS.length, maxLength: IDS.length }),
    values: fc.array(fc.constantFrom(0, -1.5, 0.25, 2), { minLength: 2, maxLength: 2 }),
    label: fc.constantFrom(0, 1),
    weight: fc.constantFrom(1, 0.5, 2),
  }),
  { minLength: 4, maxLength: 20, size: "max" },
);
type Event = typeof events extends fc.Arbitrary<(infer T)[]> ? T : never;

const batchFrom = (list: readonly Event[]): EventBatch =>
  batchOf({
    labels: list.map(({ label }) => label),
    codes: Object.fromEntries(IDS.map((name, at) => [name, list.map(({ codes }) => codes[at] ?? 0)])),
    values: Object.fromEntries(NUMBERS.map((name, at) => [name, list.map(({ values }) => values[at] ?? 0)])),
    weights: list.map(({ weight }) => weight),
  });

/** By table and slot (-1: the weights), row by row. */
function rowsOf({ tables }: ModelState): Map<string, number[]> {
  return new Map(
    tables.flatMap((table) =>
      [table.weights, ...table.slots].flatMap((part, index) => {
        const values = [...table.packed(part)];
        return Array.from({ length: table.rows }, (_, row): [string, number[]] => [
          `${table.name} ${index} ${row}`,
          values.slice(row * table.width, (row + 1) * table.width),
        ]);
      }),
    ),
  );
}

it("updates each lane of float32 by its own row, factor and slots, whatever stands beside it", () => {
  let moved = 0;
  fc.assert(
    fc.property(models, events, (model, list) => {
      const [plain, kernel] = [plainLearner(stateOf(model)), createLearner(stateOf(model), kernels)];
      expect(kernel.kernel).toBe("wasm-sparse");
      const batch = batchFrom(list);
      const bounds = [plain.over(batch), kernel.over(batch)];
      for (let row = 0; row < batch.rows; row++) {
        const before = rowsOf(plain.state);
        const scores = bounds.map((bound) => {
          const own = new Float64Array(batch.rows);
          bound.scoreThenLearn(row, row + 1, own);
          return own[row];
        });
        expect(scores[1]).toBe(scores[0]);
        const found = rowsOf(kernel.state);
        // A number that is 0 has no part in an event: not a bit of what is its own changes.
        const idle = NUMBERS.filter((_, at) => list[row]?.values[at] === 0);
        for (const [key, values] of rowsOf(plain.state)) {
          const earlier = before.get(key) ?? [];
          const own = found.get(key) ?? [];
          const sizes = values.flatMap((value, k) => [value, earlier[k] ?? 0, value - (earlier[k] ?? 0)]);
          // A slot holds squares; what an L1 takes off is rounded with the rest.
          const bound = 8 * 2 ** -23 * (Math.max(...sizes.map(Math.abs)) + 0.05);
          const off = Math.max(...values.map((value, k) => Math.abs((own[k] ?? Number.NaN) - value)));
          expect(off, key).toBeLessThanOrEqual(bound);
          if (idle.some((name) => key.includes(`/${name} `))) expect(own, key).toEqual(earlier);
          if (values.join() !== earlier.join()) moved += 1;
        }
        const squares = plain.state.tables.map((table) => [
          table.takeGradientSquares(),
          kernel.state.table(table.name).takeGradientSquares(),
        ]);
        for (const [one = 0, other = 0] of squares)
          expect(Math.abs(one - other)).toBeLessThanOrEqual(1e-5 * one + 1e-12);
        // Each event is one update: both go on from the same numbers.
        kernel.state.copyFrom(plain.state, "all");
      }
    }),
    { numRuns: 80 },
  );
  expect(moved).toBeGreaterThan(8000);
});
