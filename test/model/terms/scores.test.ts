import { describe, expect, it } from "vitest";
import type { DeepLayer, TermSpec } from "../../../src/core/model-spec.js";
import { seededRandom } from "../../../src/core/random.js";
import { newModel } from "../../../src/model/create.js";
import { plainLearner } from "../../../src/model/learner.js";
import { loadState } from "../../../src/model/load.js";
import type { ModelState } from "../../../src/model/state.js";
import { batchOf } from "../../support/learner.js";
import { specOf } from "../../support/models.js";

/** One event: user 1, item 2, price 0.5, age -2. */
const EVENT = { user: 1, item: 2, price: 0.5, age: -2 } as const;
const relu: DeepLayer[] = [
  { units: 3, activation: "relu" },
  { units: 1, activation: "linear" },
];
const INPUTS = [
  { kind: "dense", feature: "price" },
  { kind: "embedding", feature: "user", width: 2 },
] as const;

function stateOf(term: TermSpec): ModelState {
  const state = loadState(newModel(specOf([term])), new Map());
  const random = seededRandom(3);
  for (const { weights } of state.tables)
    for (let at = 0; at < weights.length; at++) weights[at] = random.normal();
  return state;
}

function scoreOf(state: ModelState): number {
  const batch = batchOf({
    labels: [1],
    codes: { user: [EVENT.user], item: [EVENT.item] },
    values: { price: [EVENT.price], age: [EVENT.age] },
  });
  const scores = new Float64Array(1);
  plainLearner(state).over(batch).score(0, 1, scores);
  return scores[0] ?? Number.NaN;
}

/** Plain algebra over lists, apart from the terms' own loops. */
const matrix = (state: ModelState, name: string): number[][] => {
  const { weights, width, rows } = state.table(name);
  return Array.from({ length: rows }, (_, row) => [...weights.subarray(row * width, (row + 1) * width)]);
};
const vector = (state: ModelState, name: string, row = 0): number[] => matrix(state, name)[row] ?? [];
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, k) => sum + x * (b[k] ?? Number.NaN), 0);
const times = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((x, k) => x * (b[k] ?? Number.NaN));
const plus = (...lists: readonly (readonly number[])[]): number[] =>
  (lists[0] ?? []).map((_, k) => lists.reduce((sum, list) => sum + (list[k] ?? Number.NaN), 0));
const scaled = (a: readonly number[], by: number): number[] => a.map((x) => x * by);
const through = (x: readonly number[], rows: readonly (readonly number[])[]): number[] =>
  (rows[0] ?? []).map((_, j) =>
    dot(
      x,
      rows.map((row) => row[j] ?? Number.NaN),
    ),
  );
const layersOn = (
  state: ModelState,
  prefix: string,
  list: readonly DeepLayer[],
  x: readonly number[],
): number[] =>
  list.reduce<readonly number[]>((below, { activation }, index) => {
    const kernel = matrix(state, `${prefix}kernel_${index}`);
    const sums = plus(through(below, kernel), vector(state, `${prefix}bias_${index}`));
    return activation === "relu" ? sums.map((sum) => Math.max(sum, 0)) : sums;
  }, x) as number[];

describe("scores by the papers' formulas", () => {
  it("factorisation: all pairs, a dense feature's vector times its value", () => {
    const features = ["user", "price", "item", "age"];
    const state = stateOf({ kind: "factorisation", name: "fm", features, width: 3 });
    const vectors = [
      vector(state, "fm/user", EVENT.user),
      scaled(vector(state, "fm/price"), EVENT.price),
      vector(state, "fm/item", EVENT.item),
      scaled(vector(state, "fm/age"), EVENT.age),
    ];
    const pairs = vectors.flatMap((v, i) => vectors.slice(i + 1).map((u) => dot(v, u)));
    expect(pairs).toHaveLength(6);
    expect(scoreOf(state)).toBeCloseTo(
      pairs.reduce((sum, pair) => sum + pair, 0),
      12,
    );
  });

  it("deep over a product of embeddings (GMF)", () => {
    const state = stateOf({
      ...{ kind: "deep", name: "gmf" },
      inputs: [{ kind: "product", left: "user", right: "item", width: 3 }],
      layers: [{ units: 1, activation: "linear" }],
    });
    const product = times(vector(state, "gmf/user", EVENT.user), vector(state, "gmf/item", EVENT.item));
    const kernel = matrix(state, "gmf/kernel_0").map(([w = Number.NaN]) => w);
    expect(scoreOf(state)).toBeCloseTo(dot(product, kernel) + (vector(state, "gmf/bias_0")[0] ?? 0), 12);
  });

  it("towers: the inner product of two stacks", () => {
    const layers: DeepLayer[] = [
      { units: 3, activation: "relu" },
      { units: 2, activation: "linear" },
    ];
    const item = { kind: "embedding", feature: "item", width: 2 } as const;
    const state = stateOf({
      ...{ kind: "towers", name: "two" },
      left: { inputs: INPUTS, layers },
      right: { inputs: [item], layers: [] },
    });
    const left = layersOn(state, "two/left/", layers, [
      EVENT.price,
      ...vector(state, "two/left/user", EVENT.user),
    ]);
    expect(scoreOf(state)).toBeCloseTo(dot(left, vector(state, "two/right/item", EVENT.item)), 12);
  });

  it.each([
    ["vector", "stacked"],
    ["vector", "parallel"],
    ["matrix", "stacked"],
    ["matrix", "parallel"],
  ] as const)("cross by %s, %s", (form, structure) => {
    const crosses = 2;
    const state = stateOf({
      ...{ kind: "cross", name: "dcn", inputs: INPUTS, crosses, form, structure, layers: relu },
    });
    const x0 = [EVENT.price, ...vector(state, "dcn/user", EVENT.user)];
    let x = x0;
    for (let l = 0; l < crosses; l++) {
      const bias = vector(state, `dcn/cross_bias_${l}`);
      const kernel = matrix(state, `dcn/cross_kernel_${l}`);
      x =
        form === "vector"
          ? plus(scaled(x0, dot(x, kernel[0] ?? [])), bias, x)
          : plus(times(x0, plus(through(x, kernel), bias)), x);
    }
    const [deep = Number.NaN] = layersOn(state, "dcn/", relu, structure === "stacked" ? x : x0);
    const direct =
      structure === "stacked"
        ? 0
        : dot(
            x,
            matrix(state, "dcn/cross_output").map(([w = Number.NaN]) => w),
          );
    expect(scoreOf(state)).toBeCloseTo(deep + direct, 12);
  });

  it("interaction: numbers through the bottom, products of pairs, the top", () => {
    const bottom: DeepLayer[] = [{ units: 2, activation: "relu" }];
    const state = stateOf({
      ...{ kind: "interaction", name: "dlrm", features: ["user", "item"], dense: ["price", "age"] },
      ...{ width: 2, bottom, top: relu },
    });
    const z0 = layersOn(state, "dlrm/bottom/", bottom, [EVENT.price, EVENT.age]);
    const z1 = vector(state, "dlrm/user", EVENT.user);
    const z2 = vector(state, "dlrm/item", EVENT.item);
    const joined = [...z0, dot(z1, z0), dot(z2, z0), dot(z2, z1)];
    expect(scoreOf(state)).toBeCloseTo(layersOn(state, "dlrm/top/", relu, joined)[0] ?? Number.NaN, 12);
  });
});
