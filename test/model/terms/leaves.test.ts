import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flattenTrees } from "../../../src/convert/flatten-trees.js";
import { marginsOf, type Trees } from "../../../src/convert/trees.js";
import type { FeatureSpec, LeavesSpec, OptimizerSpec } from "../../../src/core/model-spec.js";
import { type Forest, forestOf, forestTensors } from "../../../src/model/forest.js";
import { plainLearner } from "../../../src/model/learner.js";
import { emptyState, loadState, saveState } from "../../../src/model/load.js";
import type { OnlineModel } from "../../../src/model/model.js";
import type { ModelState } from "../../../src/model/state.js";
import { batchOf } from "../../support/learner.js";
import { specOf } from "../../support/models.js";
import { forests, VALUES } from "../../support/trees.js";

const NAMES = ["a", "b", "c"] as const;
const FEATURES = NAMES.map(
  (name): FeatureSpec => ({
    name,
    column: name,
    encoder: {
      ...{ kind: "dense", mean: 0, scale: 1, transform: "none", truncate: false, precision: "float64" },
      missing: "keep",
    },
  }),
);
const row = fc.tuple(...NAMES.map(() => fc.constantFrom(...VALUES)));
const rows = fc.array(row, { minLength: 1, maxLength: 6 });

function leavesOf(trees: Trees): { spec: LeavesSpec; forest: Forest } {
  const forest = flattenTrees(trees, 0, 1);
  const { comparison, listedCategories } = trees;
  const sizes = { trees: forest.roots.length, nodes: forest.feature.length, leaves: forest.values.length };
  return {
    spec: { kind: "leaves", name: "leaves", features: NAMES, ...sizes, comparison, listedCategories },
    forest,
  };
}

function modelOf(trees: Trees, more: { optimizer?: OptimizerSpec; batchSize?: number } = {}): OnlineModel {
  const { spec, forest } = leavesOf(trees);
  const tensors = new Map(forestTensors("leaves", forest).map((tensor) => [tensor.name, tensor]));
  return { spec: specOf([spec], { ...more, features: FEATURES }), vocabularies: new Map(), tensors };
}

function batchOfRows(list: readonly (readonly number[])[]): ReturnType<typeof batchOf> {
  const values = Object.fromEntries(
    NAMES.map((name, at) => [name, list.map((one) => one[at] ?? Number.NaN)]),
  );
  return batchOf({ labels: list.map((_, at) => at % 2), values });
}

function scores(state: ModelState, list: readonly (readonly number[])[]): Float64Array {
  const into = new Float64Array(list.length);
  plainLearner(state).over(batchOfRows(list)).score(0, list.length, into);
  return into;
}

/** Of the walk over the trees as they were read. */
const marginOf = (trees: Trees, one: readonly number[]): number =>
  (marginsOf(trees, one)[0] ?? Number.NaN) - (trees.baseMargins[0] ?? 0);

describe("a leaves term", () => {
  it("scores as the trees do, by each library's rules, at thresholds and beside them", () => {
    let compared = 0;
    fc.assert(
      fc.property(forests, rows, (trees, list) => {
        const found = scores(loadState(modelOf(trees), new Map()), list);
        list.forEach((one, at) => {
          expect(Math.abs((found[at] ?? Number.NaN) - marginOf(trees, one))).toBeLessThan(1e-12);
          compared += 1;
        });
      }),
      { numRuns: 500 },
    );
    expect(compared).toBeGreaterThan(1000);
  });

  it("has the slopes of the loss as gradients", () => {
    let compared = 0;
    fc.assert(
      fc.property(forests, rows, (trees, list) => {
        const model = modelOf(trees, { batchSize: list.length });
        const loss = (weights: Float64Array): number => {
          const state = loadState(model, new Map());
          state.table("leaves").weights.set(weights);
          const found = scores(state, list);
          return found.reduce((sum, z, at) => sum + Math.log1p(Math.exp(z)) - (at % 2) * z, 0) / list.length;
        };
        const state = loadState(model, new Map());
        plainLearner(state).over(batchOfRows(list)).learn(0, list.length);
        // SGD of rate 1 from zero.
        const gradient = Float64Array.from(state.table("leaves").weights, (weight) => -weight);
        gradient.forEach((slope, at) => {
          const around = (by: number): number =>
            loss(Float64Array.from(gradient, (_, k) => (k === at ? by : 0)));
          expect(Math.abs((around(1e-5) - around(-1e-5)) / 2e-5 - slope)).toBeLessThan(1e-8);
          compared += 1;
        });
      }),
      { numRuns: 40 },
    );
    expect(compared).toBeGreaterThan(200);
  });

  it("is pulled to the source's leaf values by L2, where nothing else is learned", () => {
    const [trees] = fc.sample(
      forests.filter(({ trees }) => trees[0]?.feature[0] !== -1),
      { seed: 4, numRuns: 1 },
    );
    if (trees === undefined) throw new Error("no trees");
    const model = modelOf(trees, { optimizer: { kind: "sgd", rate: 0.1, l2: 0.5 } });
    const state = loadState(model, new Map());
    const { weights } = state.table("leaves");
    weights.fill(1);
    const list = Array.from({ length: 400 }, () => [0.1, 2, Number.NaN]);
    plainLearner(state).over(batchOfRows(list)).learn(0, list.length);
    const touched = [...weights].filter((weight) => weight !== 1);
    expect(touched.length).toBe(trees.trees.length);
    for (const weight of touched) expect(Math.abs(weight)).toBeLessThan(0.7);
  });

  it("keeps its trees through a save, and begins from scratch without their values", () => {
    const [trees] = fc.sample(forests, { seed: 9, numRuns: 1 });
    if (trees === undefined) throw new Error("no trees");
    const model = modelOf(trees);
    const state = loadState(model, new Map());
    state.table("leaves").weights.fill(0.25);
    const list = [[0, 1, 2]];
    const saved = loadState(saveState(model, state), new Map());
    expect(scores(saved, list)).toEqual(scores(state, list));
    expect(scores(emptyState(model, new Map()), list)).toEqual(Float64Array.of(0));
    expect(scores(state.derive(model.spec.learner), list)).toEqual(scores(state, list));
  });
});

describe("trees in a folder that are not what was written", () => {
  const [trees] = fc.sample(
    forests.filter(({ trees }) => (trees[0]?.feature.length ?? 0) > 5),
    { seed: 1, numRuns: 1 },
  );
  const { spec, forest } = leavesOf(trees as Trees);
  it.each([
    ["feature", { feature: forest.feature.map(() => 3) }, /node 0, which leads nowhere/],
    ["left", { left: forest.left.map(() => 0) }, /node 0, which leads nowhere/],
    ["right", { right: forest.right.map(() => 1e6) }, /node 0, which leads nowhere/],
    ["roots", { roots: forest.roots.map(() => -1) }, /a tree that begins at node -1/],
    ["values", { values: forest.values.subarray(1) }, /numbers as values/],
    [
      "threshold",
      { rule: forest.rule.map(() => 8), threshold: forest.threshold.map(() => 99) },
      /leads nowhere/,
    ],
  ])("are refused: %s", (_, change, expected) => {
    const tensors = new Map(forestTensors("leaves", { ...forest, ...change }).map((one) => [one.name, one]));
    expect(() => forestOf(spec, tensors)).toThrow(expected);
  });
});
