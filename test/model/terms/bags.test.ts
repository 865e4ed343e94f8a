import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelSpec, OptimizerSpec, TermSpec } from "../../../src/core/model-spec.js";
import { seededRandom } from "../../../src/core/random.js";
import { loadKernels } from "../../../src/io/kernels.js";
import type { EventBatch, FeatureColumn } from "../../../src/model/batch.js";
import { gatherBatch } from "../../../src/model/batch.js";
import { newModel } from "../../../src/model/create.js";
import { createLearner } from "../../../src/model/create-learner.js";
import { plainLearner } from "../../../src/model/learner.js";
import { loadState } from "../../../src/model/load.js";
import type { ModelState } from "../../../src/model/state.js";
import { bagsFrom, drawBags, withFeatures } from "../../support/bags.js";
import { batchOf, learnedIds } from "../../support/learner.js";
import { draw, optimizers, terms } from "../../support/model-arbitraries.js";
import { specOf } from "../../support/models.js";

function stateOf(spec: ModelSpec, newIds: readonly string[] = []): ModelState {
  const state = loadState(newModel(spec), new Map([["user", newIds]]));
  const random = seededRandom(5);
  for (const { weights } of state.tables)
    for (let at = 0; at < weights.length; at++) weights[at] = 0.5 * random.normal();
  return state;
}

/** Scores before and after learning every row twice, then all weights and slots. */
function course(spec: ModelSpec, batch: EventBatch): number[] {
  const state = stateOf(spec);
  const learner = plainLearner(state);
  const bound = learner.over(batch);
  const seen: number[] = [];
  for (let round = 0; round < 2; round++) {
    const scores = new Float64Array(batch.rows);
    bound.score(0, batch.rows, scores);
    bound.learn(0, batch.rows);
    seen.push(...scores);
  }
  learner.flush();
  const tables = state.tables.flatMap(({ weights, slots }) => [
    ...weights,
    ...slots.flatMap((slot) => [...slot]),
  ]);
  return [...seen, ...tables];
}

describe("a bag", () => {
  it("of one value is that value: the same bits", () => {
    let learned = 0;
    fc.assert(
      fc.property(
        terms,
        optimizers,
        fc.nat(),
        fc.integer({ min: 1, max: 6 }),
        (list, optimizer, seed, rows) => {
          const plain = draw(seed, rows, "logistic");
          const bagOf = (feature: string): FeatureColumn => {
            const column = plain.features.get(feature);
            if (column?.kind !== "rows") throw new Error(feature);
            const { codes } = column;
            return {
              kind: "bags",
              ...bagsFrom(Array.from(codes, (code) => [[code, 1] as const])),
            };
          };
          const bags = withFeatures(plain, { user: bagOf("user"), item: bagOf("item") });
          const spec = specOf(list, { optimizer, batchSize: 2 });
          expect(course(spec, bags)).toEqual(course(spec, plain));
          learned += rows;
        },
      ),
      { numRuns: 150 },
    );
    expect(learned).toBeGreaterThan(300);
  });

  it("is the same in any order of its values, up to rounding", () => {
    let moved = 0;
    fc.assert(
      fc.property(terms, fc.nat(), (list, seed) => {
        const batch = drawBags(seed, 3, "logistic");
        const reversed = (feature: string): FeatureColumn => {
          const column = batch.features.get(feature);
          if (column?.kind !== "bags") throw new Error(feature);
          const { offsets, codes, weights } = column;
          const events = Array.from(offsets.subarray(1), (end, event) =>
            Array.from(codes.subarray(offsets[event], end), (code, at): [number, number] => [
              code,
              weights?.[(offsets[event] ?? 0) + at] ?? 1,
            ]).reverse(),
          );
          if (events.some(({ length }) => length > 1)) moved += 1;
          return { kind: "bags", ...bagsFrom(events) };
        };
        const spec = specOf(list, { optimizer: { kind: "sgd", rate: 0.1, l2: 0 } });
        const other = course(spec, withFeatures(batch, { user: reversed("user"), item: reversed("item") }));
        course(spec, batch).forEach((number, at) => {
          expect(other[at]).toBeCloseTo(number, 9);
        });
      }),
      { numRuns: 100 },
    );
    expect(moved).toBeGreaterThan(100);
  });

  const linear: TermSpec[] = [{ kind: "linear", name: "linear", features: ["user"] }];
  const adagrad: OptimizerSpec = {
    kind: "adagrad",
    rate: 0.5,
    initialAccumulator: 0,
    epsilon: 0,
    epsilonPlacement: "outside",
    l2: 0,
  };
  const learnOne = (bag: readonly (readonly [number, number])[], optimizer: OptimizerSpec): ModelState => {
    const state = loadState(newModel(specOf(linear, { link: "squared", optimizer })), new Map());
    state.table("linear/user").weights.set([1, 2, 3]);
    const user: FeatureColumn = { kind: "bags", ...bagsFrom([bag]) };
    const batch = withFeatures(batchOf({ labels: [0] }), { user });
    plainLearner(state).over(batch).learn(0, 1);
    return state;
  };

  it("with a row twice has its gradients summed once", () => {
    const state = learnOne(
      [
        [1, 1],
        [1, 1],
      ],
      adagrad,
    );
    // Score 4, gradient 2 x 4: one step with accumulator 8^2, which takes the rate off whatever the gradient.
    expect([...state.table("linear/user").weights]).toEqual([1, 1.5, 3]);
    expect([...(state.table("linear/user").slots[0] ?? [])]).toEqual([0, 64, 0]);
  });

  it("that is empty, or a row of weight 0, scores nothing and learns nothing: L2 does not touch it either", () => {
    const sgd: OptimizerSpec = { kind: "sgd", rate: 0.5, l2: 0.1 };
    expect([...learnOne([], sgd).table("linear/user").weights]).toEqual([1, 2, 3]);
    expect([...learnOne([[2, 0]], sgd).table("linear/user").weights]).toEqual([1, 2, 3]);
    // Score 2 x 3 + 1: both rows move by rate x (weight x 7 + l2 x row).
    const both = learnOne(
      [
        [2, 2],
        [0, 1],
      ],
      sgd,
    );
    expect([...both.table("linear/user").weights]).toEqual([
      1 - 0.5 * (7 + 0.1),
      2,
      3 - 0.5 * (2 * 7 + 0.1 * 3),
    ]);
  });

  it("gives its new ids rows when it is first learned, in the order in which it has them", () => {
    const vocabulary = { kind: "vocabulary", unknown: { rule: "grow", row: 0 } } as const;
    const features = [
      { name: "user", column: "user", encoder: vocabulary, bag: { combine: "sum" } },
    ] as const;
    const state = stateOf(specOf(linear, { features }), ["ann", "bob", "cem"]);
    const user: FeatureColumn = {
      kind: "bags",
      ...bagsFrom([
        [[-1, 1]],
        [
          [-3, 1],
          [-1, 1],
          [-3, 1],
        ],
        [[-2, 1]],
      ] as const),
    };
    const batch = withFeatures(batchOf({ labels: [1, 0, 1] }), { user });
    const bound = plainLearner(state).over(batch);
    bound.learn(1, 2);
    expect(learnedIds(state.rows("user"))).toEqual([
      { id: "cem", row: 1 },
      { id: "ann", row: 2 },
    ]);
    expect([...state.rows("user").counts].slice(0, 3)).toEqual([0, 2, 1]);
  });

  it("follows its event into another order", () => {
    const user: FeatureColumn = {
      kind: "bags",
      ...bagsFrom([
        [
          [1, 0.5],
          [2, 1],
        ],
        [],
        [[0, 2]],
      ] as const),
    };
    const batch = withFeatures(batchOf({ labels: [1, 0, 1] }), { user });
    const gathered = gatherBatch(batch, Int32Array.of(2, 0, 1, 0)).features.get("user");
    expect(gathered).toEqual({
      kind: "bags",
      ...bagsFrom([
        [[0, 2]],
        [
          [1, 0.5],
          [2, 1],
        ],
        [],
        [
          [1, 0.5],
          [2, 1],
        ],
      ] as const),
    });
  });
});

it("a model that reads bags is learned by the plain terms, whatever kernels there are", () => {
  const kernels = loadKernels();
  let kerneled = 0;
  const linearAlone = fc
    .subarray(["user", "item", "price"], { minLength: 1 })
    .map((features): TermSpec[] => [{ kind: "linear", name: "linear", features }]);
  fc.assert(
    fc.property(fc.oneof(terms, linearAlone), fc.constantFrom("user", "item"), (list, name) => {
      const spec = specOf(list, { optimizer: { kind: "sgd", rate: 0.1, l2: 0 } });
      const features = spec.features.map((feature) =>
        feature.name === name ? { ...feature, bag: { combine: "mean" as const } } : feature,
      );
      if (createLearner(stateOf(spec), kernels).kernel !== "plain") kerneled += 1;
      expect(createLearner(stateOf({ ...spec, features }), kernels).kernel).toBe("plain");
    }),
    { numRuns: 200 },
  );
  expect(kerneled).toBeGreaterThan(50);
});
