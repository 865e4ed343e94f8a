import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type {
  EncoderSpec,
  FeatureSpec,
  ModelSpec,
  OptimizerSpec,
  TermSpec,
} from "../../../src/core/model-spec.js";
import { seededRandom } from "../../../src/core/random.js";
import { loadKernels } from "../../../src/io/kernels.js";
import type { EventBatch } from "../../../src/model/batch.js";
import { newModel } from "../../../src/model/create.js";
import { createLearner } from "../../../src/model/create-learner.js";
import { type Learner, plainLearner } from "../../../src/model/learner.js";
import { loadState } from "../../../src/model/load.js";
import type { ModelState } from "../../../src/model/state.js";
import { asDrawn } from "../../support/drawn.js";
import { batchOf } from "../../support/learner.js";

const kernels = loadKernels();
const USERS = 5;
const KNOWN_ITEMS = 9;
const ITEMS = ["ann", "bob", "cem", "dot", "eve", "fay"];
const NEW_USERS = ["gus", "hal", "ida"];
const grown = { kind: "vocabulary", unknown: { rule: "grow", row: 0 } } as const;
const known = (size: number): EncoderSpec => ({ kind: "identity", size, outOfRange: "reject" });
/** Whether ids of users and of items are new, and whether every event has one negative. */
interface Shape {
  usersGrow: boolean;
  itemsGrow: boolean;
  pairs: boolean;
}
const featuresOf = ({ usersGrow, itemsGrow }: Shape): readonly FeatureSpec[] => [
  { name: "user", column: "user", encoder: usersGrow ? grown : known(USERS) },
  { name: "item", column: "item", encoder: itemsGrow ? grown : known(KNOWN_ITEMS) },
];

const rate = fc.double({ min: 0.01, max: 0.5, noNaN: true });
const l2 = fc.constantFrom(0, 0.01);
const optimizer: fc.Arbitrary<OptimizerSpec> = fc.oneof(
  fc.record({ kind: fc.constant("sgd" as const), rate, l2 }),
  fc.record({
    kind: fc.constant("adagrad" as const),
    ...{ rate, l2 },
    initialAccumulator: fc.constantFrom(0.1, 1),
    epsilon: fc.constantFrom(0, 1e-7, 0.05),
    epsilonPlacement: fc.constantFrom("inside" as const, "outside" as const),
  }),
);
const model = fc.record({
  ...{ vectors: optimizer, weights: fc.option(optimizer, { nil: undefined }) },
  ...{ width: fc.constantFrom(4, 8, 12, 32), itemFirst: fc.boolean() },
  ...{ usersGrow: fc.boolean(), itemsGrow: fc.boolean(), pairs: fc.boolean() },
});
type Model = typeof model extends fc.Arbitrary<infer T> ? T : never;

function specOf({ vectors, weights, width, itemFirst, ...shape }: Model): ModelSpec {
  const [left, right] = itemFirst ? ["item", "user"] : ["user", "item"];
  const dot: TermSpec = { kind: "dot", name: "mf", left: left ?? "", right: right ?? "", width };
  const linear: TermSpec = { kind: "linear", name: "popularity", features: ["item"] };
  return {
    ...{
      family: "test",
      features: featuresOf(shape),
      terms: weights === undefined ? [dot] : [linear, dot],
    },
    learner: {
      link: "bpr",
      negatives: { perPositive: 4, sampling: "uniform", itemFeatures: ["item"] },
      optimizers: { mf: vectors, ...(weights === undefined ? {} : { popularity: weights }) },
      ...{ batchSize: 1, precision: "float32", seed: 1 },
    },
    newRows: { "mf/user": { noise: 0.3 }, "mf/item": { noise: 0.3 } },
  };
}

const GROWING: Shape = { usersGrow: false, itemsGrow: true, pairs: false };

/** Events of 1 to 5 rows, or of two; items are new ids or of the row that such share, and come again within an event. */
function draw(seed: number, events: number, isWeighted: boolean, shape: Shape = GROWING): EventBatch {
  const { usersGrow, itemsGrow, pairs } = shape;
  const random = seededRandom(seed);
  const below = (size: number): number => Math.floor(random.uniform() * size);
  const sizes = Array.from({ length: events }, () => (pairs ? 2 : 1 + below(5)));
  const each = (value: () => number): number[] =>
    sizes.flatMap((rows) => new Array<number>(rows).fill(value()));
  const batch = batchOf({
    labels: sizes.flatMap((rows) => Array.from({ length: rows }, (_, at) => Number(at === 0))),
    codes: {
      user: each(() => (usersGrow ? -below(1 + NEW_USERS.length) : below(USERS))),
      item: each(() => 0).map(() => (itemsGrow ? -below(1 + ITEMS.length) : below(KNOWN_ITEMS))),
    },
    newIds: { ...(itemsGrow ? { item: ITEMS } : {}), ...(usersGrow ? { user: NEW_USERS } : {}) },
    ...(isWeighted ? { weights: each(() => below(4) / 2) } : {}),
  });
  return asDrawn(batch, sizes);
}

const stateOf = (spec: ModelSpec): ModelState =>
  loadState(
    newModel(spec),
    new Map([
      ["item", ITEMS],
      ["user", NEW_USERS],
    ]),
  );

/** Scores and learns in turns of these lengths; then what the state holds: numbers that may differ, and counts that may not. */
function course(
  learner: Learner,
  batch: EventBatch,
  turns: readonly number[],
): { near: number[]; same: unknown } {
  const scores = new Float64Array(batch.rows);
  const bound = learner.over(batch);
  for (let from = 0, turn = 0; from < batch.rows; turn++) {
    const to = Math.min(batch.rows, from + (turns[turn % turns.length] ?? 1));
    bound.score(from, to, scores);
    bound.learn(from, to);
    from = to;
  }
  learner.flush();
  const { tables } = learner.state;
  const rows = ["user", "item"].map((feature) => learner.state.rows(feature));
  return {
    near: [
      ...scores,
      ...tables.flatMap((table) =>
        [table.weights, ...table.slots].flatMap((list) => [...table.packed(list)]),
      ),
    ],
    same: [
      tables.map(({ steps, rows: used }) => [steps, used]),
      rows.map((one) => [...one.counts, one.rows]),
    ],
  };
}

describe("the BPR kernel", () => {
  it("is near the plain terms in float32: scores, weights, slots; and has the same counts and rows", () => {
    let learned = 0;
    fc.assert(
      fc.property(
        ...[model, fc.nat(), fc.integer({ min: 1, max: 120 })],
        ...[fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), fc.boolean()],
        (one, seed, events, turns, isWeighted) => {
          const batch = draw(seed, events, isWeighted, one);
          const kernel = createLearner(stateOf(specOf(one)), kernels);
          expect(kernel.kernel).toBe("wasm-bpr");
          const found = course(kernel, batch, turns);
          const plain = plainLearner(stateOf(specOf(one)));
          const expected = course(plain, batch, turns);
          expect(found.same).toEqual(expected.same);
          found.near.forEach((value, at) => {
            const other = expected.near[at] ?? Number.NaN;
            expect(Math.abs(value - other), `${at}: ${value} and ${other}`).toBeLessThan(
              2e-5 * Math.max(1, Math.abs(other)),
            );
          });
          const squares = (learner: Learner): number[] =>
            learner.state.tables.map((table) => table.takeGradientSquares());
          const norms = squares(plain);
          squares(kernel).forEach((value, at) => {
            const norm = norms[at] ?? Number.NaN;
            expect(Math.abs(value - norm)).toBeLessThan(2e-5 * Math.max(1, norm));
          });
          learned += events;
        },
      ),
      { numRuns: 150 },
    );
    expect(learned).toBeGreaterThan(4000);
  });

  it.each<Shape>([
    GROWING,
    { usersGrow: false, itemsGrow: false, pairs: false },
    { usersGrow: false, itemsGrow: false, pairs: true },
  ])("has the same bits however rows are cut, over more rows than lie in its memory: %j", (shape) => {
    const one: Model = {
      vectors: { kind: "sgd", rate: 0.05, l2: 0.01 },
      weights: {
        kind: "adagrad",
        rate: 0.1,
        initialAccumulator: 0,
        epsilon: 0,
        epsilonPlacement: "inside",
        l2: 0,
      },
      ...{ width: 8, itemFirst: false, ...shape },
    };
    const batch = draw(7, 4000, true, shape);
    expect(batch.rows).toBeGreaterThan(6000);
    const learned = (turns: readonly number[]): number[] => {
      const learner = createLearner(stateOf(specOf(one)), kernels);
      const bound = learner.over(batch);
      for (let from = 0, turn = 0; from < batch.rows; turn++) {
        const to = Math.min(batch.rows, from + (turns[turn % turns.length] ?? 1));
        bound.learn(from, to);
        from = to;
      }
      return learner.state.tables.flatMap(({ weights, steps }) => [...weights, steps]);
    };
    const whole = learned([batch.rows]);
    expect(whole.every(Number.isFinite)).toBe(true);
    expect(learned([1])).toEqual(whole);
    expect(learned([7, 2500, 1])).toEqual(whole);
  });

  it("leaves models that it does not know to the plain terms", () => {
    const spec = specOf({
      vectors: { kind: "sgd", rate: 0.1, l2: 0 },
      ...{ weights: undefined, width: 8, itemFirst: false, ...GROWING },
    });
    const kernelOf = (change: Partial<ModelSpec["learner"]>, terms = spec.terms): string =>
      createLearner(stateOf({ ...spec, terms, learner: { ...spec.learner, ...change } }), kernels).kernel;
    expect(kernelOf({})).toBe("wasm-bpr");
    expect(kernelOf({ link: "sampled-softmax" })).toBe("plain");
    expect(kernelOf({ precision: "float64" })).toBe("plain");
    expect(kernelOf({ batchSize: 2 })).toBe("plain");
    expect(kernelOf({ optimizers: { mf: { kind: "sgd", rate: 0.1, l2: 0, clipNorm: 1 } } })).toBe("plain");
    expect(kernelOf({}, [{ kind: "dot", name: "mf", left: "user", right: "item", width: 6 }])).toBe("plain");
    const linear: TermSpec = { kind: "linear", name: "linear", features: ["user"] };
    const optimizers = { ...spec.learner.optimizers, linear: { kind: "sgd", rate: 1, l2: 0 } } as const;
    expect(kernelOf({ optimizers }, [...spec.terms, linear])).toBe("plain");
  });

  it("stops at the event that makes a weight infinite, as the plain terms do", () => {
    const spec = specOf({
      vectors: { kind: "sgd", rate: 1e30, l2: 0 },
      ...{ weights: undefined, width: 8, itemFirst: false, ...GROWING },
    });
    const messageOf = (learner: Learner): string => {
      try {
        learner.over(draw(3, 50, false)).learn(0, 150);
      } catch (error) {
        return String(error);
      }
      return "it went on";
    };
    const plain = messageOf(plainLearner(stateOf(spec)));
    const found = messageOf(createLearner(stateOf(spec), kernels));
    expect(found).toMatch(/term mf, (user|item), row \d+, update \d+/);
    expect(found.match(/update \d+/)?.[0]).toBe(plain.match(/update \d+/)?.[0]);
  });
});
