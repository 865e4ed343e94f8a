import { expect, it } from "vitest";
import type { FeatureSpec, ModelSpec, OptimizerSpec } from "../../../src/core/model-spec.js";
import { loadKernels } from "../../../src/io/kernels.js";
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

interface Case {
  vectors: OptimizerSpec;
  weights: OptimizerSpec;
  items: readonly number[];
}

const USER = 4;
const GENTLE: OptimizerSpec = { kind: "sgd", rate: 1e-3, l2: 0 };

/** Every number of the user's vector, of the items' and their weights. */
function learnerOf({ vectors, weights }: Case, user: number, item: (row: number) => number): Learner {
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
  for (let row = 0; row < 6; row++)
    for (let k = 0; k < WIDTH; k++) {
      if (users !== undefined) users.weights[row * users.stride + k] = user;
      if (items !== undefined) items.weights[row * items.stride + k] = item(row);
    }
  return learner;
}

/** A first event of small steps, then one that diverges. */
function diverged(learner: Learner, items: readonly number[]): Divergence {
  const codes = { user: [0, 0, ...items.map(() => USER)], item: [0, 0, ...items] };
  const labels = [1, 0, ...items.map((_, at) => Number(at === 0))];
  const batch = asDrawn(batchOf({ labels, codes, weights: [0, 0, ...items.map(() => 10)] }), [
    2,
    items.length,
  ]);
  return divergenceOf(learner, () => learner.over(batch).learn(0, labels.length));
}

const EVENTS = [
  [3, 5],
  [3, 5, 2],
  [3, 5, 5, 1],
];
const cases = EVENTS.flatMap((items) => OPTIMIZERS.map((steep): [number[], OptimizerSpec] => [items, steep]));

it.each(cases)(
  "names the vector of the event %j that is no longer finite, under %j, and its gradient",
  (items, steep) => {
    const others = items.slice(1);
    // Items alike: the user's vector has no gradient. Each negative has its share of the half of sigma(0) x 10.
    const ofItem = diverged(
      learnerOf({ vectors: steep, weights: GENTLE, items }, 8, () => 0),
      items,
    );
    const pulls = others.length === 3 ? [5, 10 / 3] : [5];
    expect(ofItem.place).toMatch(/^term mf, item, row [35], update 2$/);
    expect(pulls.some((pull) => Math.abs(ofItem.norm / (pull * 8 * Math.sqrt(WIDTH)) - 1) < 1e-5)).toBe(true);
    // A user's vector so small that the items have none.
    const tiny = 1e-36;
    const item = (row: number): number => (row === items[0] ? 3 : 1);
    const ofUser = diverged(learnerOf({ vectors: steep, weights: GENTLE, items }, tiny, item), items);
    expect(ofUser.place).toBe(`term mf, user, row ${USER}, update 2`);
    expect(ofUser.norm / (5 * 2 * Math.sqrt(WIDTH))).toBeCloseTo(1, 5);
  },
);

it.each(cases)("the weight of an item of the event %j, under %j", (items, steep) => {
  const learner = learnerOf({ vectors: GENTLE, weights: steep, items }, 0.1, (row) => row / 10);
  const { place, norm } = diverged(learner, items);
  expect(place).toBe(`term popularity, item, row ${items[0]}, update 2`);
  expect(norm).toBeGreaterThan(4);
  expect(norm).toBeLessThan(6);
});
