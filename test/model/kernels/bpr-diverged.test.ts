import { expect, it } from "vitest";
import type { FeatureSpec, ModelSpec, OptimizerSpec } from "../../../src/core/model-spec.js";
import { loadKernels } from "../../../src/io/kernels.js";
import type { EventBatch } from "../../../src/model/batch.js";
import { newModel } from "../../../src/model/create.js";
import { createLearner } from "../../../src/model/create-learner.js";
import type { Learner } from "../../../src/model/learner.js";
import { loadState } from "../../../src/model/load.js";
import { type Divergence, divergenceOf } from "../../support/divergence.js";
import { asDrawn } from "../../support/drawn.js";
import { batchOf } from "../../support/learner.js";

const kernels = loadKernels();
const WIDTH = 8;
const sized = (name: string): FeatureSpec => ({
  ...{ name, column: name },
  encoder: { kind: "identity", size: 6, outOfRange: "reject" },
});

const OPTIMIZERS: readonly OptimizerSpec[] = [
  { kind: "sgd", rate: 3e38, l2: 0 },
  {
    ...{ kind: "adagrad", rate: 3e38, initialAccumulator: 1e-6, epsilon: 1e-7, epsilonPlacement: "inside" },
    l2: 0,
  },
];

interface Steps {
  vectors: OptimizerSpec;
  weights: OptimizerSpec;
}

const USER = 4;
const GENTLE: OptimizerSpec = { kind: "sgd", rate: 1e-3, l2: 0 };

/** `user`, `item`: number `k` of the vectors; the others are 0, and so have no gradient. */
function learnerOf(
  { vectors, weights }: Steps,
  k: number,
  user: (row: number) => number,
  item: (row: number) => number,
): Learner {
  const spec: ModelSpec = {
    ...{ family: "test", features: [sized("user"), sized("item")] },
    terms: [
      { kind: "linear", name: "popularity", features: ["item"] },
      { kind: "dot", name: "mf", left: "user", right: "item", width: WIDTH },
    ],
    learner: {
      link: "bpr",
      negatives: { perPositive: 4, sampling: "uniform", itemFeatures: ["item"] },
      optimizers: { mf: vectors, popularity: weights },
      ...{ batchSize: 1, precision: "float32", seed: 1 },
    },
    newRows: {},
  };
  const learner = createLearner(loadState(newModel(spec), new Map()), kernels);
  expect(learner.kernel).toBe("wasm-bpr");
  const [users, items] = ["user", "item"].map((name) => learner.state.table(`mf/${name}`));
  for (let row = 0; row < 6; row++) {
    if (users !== undefined) users.weights[row * users.stride + k] = user(row);
    if (items !== undefined) items.weights[row * items.stride + k] = item(row);
  }
  return learner;
}

/** A first event that teaches nothing, then one that diverges. */
function diverged(learner: Learner, items: readonly number[]): Divergence {
  const { batch, rows } = eventsOf(items);
  return divergenceOf(learner, () => learner.over(batch).learn(0, rows));
}

function eventsOf(items: readonly number[], weight = 10): { batch: EventBatch; rows: number } {
  const codes = { user: [0, 0, ...items.map(() => USER)], item: [0, 0, ...items] };
  const labels = [1, 0, ...items.map((_, at) => Number(at === 0))];
  const batch = batchOf({ labels, codes, weights: [0, 0, ...items.map(() => weight)] });
  return { batch: asDrawn(batch, [2, items.length]), rows: labels.length };
}

const EVENTS = [
  [3, 5],
  [3, 5, 2],
  [3, 5, 5, 1],
];
const cases = EVENTS.flatMap((items) =>
  OPTIMIZERS.flatMap((steep) => [0, 6].map((k): [number[], OptimizerSpec, number] => [items, steep, k])),
);

it.each(cases)(
  "names the vector of the event %j that is no longer finite, under %j, in number %j, and its gradient",
  (items, steep, k) => {
    const others = items.slice(1);
    // Items alike: the user's vector has no gradient. Each negative has its share of the half of sigma(0) x 10.
    const ofItem = diverged(
      learnerOf(
        { vectors: steep, weights: GENTLE },
        k,
        () => 8,
        () => 0,
      ),
      items,
    );
    const pulls = others.length === 3 ? [5, 10 / 3] : [5];
    expect(ofItem.place).toMatch(/^term mf, item, row [35], update 2$/);
    expect(pulls.some((pull) => Math.abs(ofItem.norm / (pull * 8) - 1) < 1e-5)).toBe(true);
    // A user's vector so small that the items have none.
    const tiny = 1e-36;
    const item = (row: number): number => (row === items[0] ? 3 : 1);
    const ofUser = diverged(
      learnerOf({ vectors: steep, weights: GENTLE }, k, () => tiny, item),
      items,
    );
    expect(ofUser.place).toBe(`term mf, user, row ${USER}, update 2`);
    expect(ofUser.norm / (5 * 2)).toBeCloseTo(1, 5);
  },
);

it.each(cases)("the weight of an item of the event %j, under %j", (items, steep, k) => {
  const learner = learnerOf(
    { vectors: GENTLE, weights: steep },
    k,
    () => 0.1,
    (row) => row / 10,
  );
  const { place, norm } = diverged(learner, items);
  expect(place).toBe(`term popularity, item, row ${items[0]}, update 2`);
  expect(norm).toBeGreaterThan(4);
  expect(norm).toBeLessThan(6);
});

it("goes on where the sum of the three vectors' numbers is infinite, and none of them", () => {
  const large = 2e38;
  const learner = learnerOf(
    { vectors: GENTLE, weights: GENTLE },
    2,
    () => large,
    () => large,
  );
  const { batch, rows } = eventsOf([3, 5], 0.1);
  learner.over(batch).learn(2, rows);
  const items = learner.state.table("mf/item");
  // By rate x sigma(0) / 10 of the user's number.
  const moved = (row: number): number => (items.weights[row * items.stride + 2] ?? 0) / large - 1;
  expect(moved(3)).toBeCloseTo(5e-5, 6);
  expect(moved(5)).toBeCloseTo(-5e-5, 6);
});

it.each(EVENTS)(
  "moves nothing without a gradient, where Adagrad would divide by 0: of the event %j, %j",
  (...items) => {
    const adagrad = {
      ...{ kind: "adagrad" as const, rate: 0.5, initialAccumulator: 0, epsilon: 0, l2: 0 },
      epsilonPlacement: "outside" as const,
    };
    const item = (row: number): number => (row === items[0] ? 3 : 1);
    const learner = learnerOf({ vectors: adagrad, weights: adagrad }, 5, () => 2, item);
    const { batch, rows } = eventsOf(items);
    learner.over(batch).learn(0, rows);
    const [users, own] = ["mf/user", "mf/item"].map((name) => learner.state.table(name));
    const vectorOf = (table: typeof users, row: number): number[] =>
      Array.from(table?.weights.subarray(row * table.stride, row * table.stride + WIDTH) ?? []);
    const only = (value: number): number[] => Array.from({ length: WIDTH }, (_, k) => (k === 5 ? value : 0));
    // A first step of Adagrad is the rate, whatever its gradient.
    expect(vectorOf(users, USER)).toEqual(only(2.5));
    expect(vectorOf(own, items[0] ?? 0)).toEqual(only(3.5));
    for (const other of new Set(items.slice(1))) expect(vectorOf(own, other)).toEqual(only(0.5));
  },
);

/** An l2 that takes a whole weight three times over, of a number that is large already. */
it.each([
  ["item", 3],
  ["item", 5],
  ["user", USER],
] as const)(
  "names the one vector that l2 alone makes infinite: %s %j, whatever gradients came before",
  (side, row) => {
    for (const [items, isFirst] of [
      [[3, 5], false],
      [[3, 5], true],
      [[3, 5, 2], false],
    ] as const) {
      const of = (name: string, at: number, others: number): number =>
        side === name && at === row ? 2e38 : others;
      const learner = learnerOf(
        { vectors: { kind: "sgd", rate: 3, l2: 1 }, weights: GENTLE },
        1,
        (at) => of("user", at, at === USER ? 1e-38 : 2),
        (at) => of("item", at, at === 1 ? 5 : side === "user" ? 1e-38 : 1),
      );
      const order = <T>(gentle: readonly T[], steep: readonly T[]): T[] =>
        isFirst ? [...steep, ...gentle] : [...gentle, ...steep];
      const steep = items.map(() => USER);
      const codes = { user: order([0, 0], steep), item: order<number>([0, 1], items) };
      const taken = items.map((_, at) => Number(at === 0));
      // A tenth of its gradient leaves the user's vector finite.
      const weights = order(
        [1, 1],
        items.map(() => 0.1),
      );
      const batch = batchOf({ labels: order([1, 0], taken), codes, weights });
      const drawn = asDrawn(batch, order([2], [items.length]));
      const { place, norm } = divergenceOf(learner, () => learner.over(drawn).learn(0, batch.rows));
      expect(place).toBe(`term mf, ${side}, row ${row}, update ${isFirst ? 1 : 2}`);
      expect(norm).toBeLessThan(1e-6);
    }
  },
);
