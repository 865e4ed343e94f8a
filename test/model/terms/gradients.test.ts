import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeepInput, PointwiseLink, TermSpec } from "../../../src/core/model-spec.js";
import { seededRandom } from "../../../src/core/random.js";
import type { EventBatch } from "../../../src/model/batch.js";
import { newModel } from "../../../src/model/create.js";
import { plainLearner } from "../../../src/model/learner.js";
import { loadState } from "../../../src/model/load.js";
import type { ModelState } from "../../../src/model/state.js";
import { drawBags } from "../../support/bags.js";
import { batchOf } from "../../support/learner.js";
import { lossOf } from "../../support/losses.js";
import { activations, deepFm, draw, terms } from "../../support/model-arbitraries.js";
import { deepOf, specOf } from "../../support/models.js";
import { expectSlopes, gradientsOf } from "../../support/slopes.js";

/** Small enough that products of products stay of the size of the loss. */
function fill(state: ModelState, seed: number): void {
  const random = seededRandom(seed + 1);
  for (const { weights } of state.tables)
    for (let at = 0; at < weights.length; at++) weights[at] = 0.7 * random.normal();
}

/** Weights whose slope was compared. */
function compare(list: readonly TermSpec[], link: PointwiseLink, batch: EventBatch, seed: number): number {
  const spec = specOf(list, { link, batchSize: batch.rows });
  const state = loadState(newModel(spec), new Map());
  fill(state, seed);
  const gradients = gradientsOf(state, () => {
    const learner = plainLearner(state);
    learner.over(batch).learn(0, batch.rows);
    learner.flush();
  });
  return expectSlopes(state, gradients, () => lossOf(state, batch, link));
}

describe("gradients are the slopes of the loss", () => {
  it.each(["logistic", "squared"] as const)("of random models with the %s link", (link) => {
    let compared = 0;
    fc.assert(
      fc.property(terms, fc.nat(), fc.integer({ min: 1, max: 4 }), (list, seed, rows) => {
        compared += compare(list, link, draw(seed, rows, link), seed);
      }),
      { numRuns: 150 },
    );
    expect(compared).toBeGreaterThan(1500);
  });

  it("of random models over bags", () => {
    let compared = 0;
    fc.assert(
      fc.property(terms, fc.nat(), fc.integer({ min: 1, max: 4 }), (list, seed, rows) => {
        compared += compare(list, "logistic", drawBags(seed, rows, "logistic"), seed);
      }),
      { numRuns: 150 },
    );
    expect(compared).toBeGreaterThan(1500);
  });

  it("of vectors that two terms learn: the sum of both", () => {
    let compared = 0;
    fc.assert(
      fc.property(deepFm, fc.nat(), fc.integer({ min: 1, max: 4 }), (list, seed, rows) => {
        compared += compare(list, "logistic", draw(seed, rows, "logistic"), seed);
        const state = loadState(newModel(specOf(list)), new Map());
        expect(state.tables.filter(({ name }) => /user$/.test(name)).map(({ name }) => name)).toEqual([
          "fm/user",
        ]);
      }),
      { numRuns: 50 },
    );
    expect(compared).toBeGreaterThan(500);
  });

  it.each(activations)("of a deep term with %s", (activation) => {
    const both: DeepInput[] = [
      { kind: "embedding", feature: "user", width: 2 },
      { kind: "dense", feature: "price" },
      { kind: "embedding", feature: "item", width: 3 },
      { kind: "dense", feature: "age" },
    ];
    let compared = 0;
    for (let seed = 0; seed < 20; seed++) {
      compared += compare([deepOf(both, [4, 3], activation)], "logistic", draw(seed, 3, "logistic"), seed);
    }
    // 3 x 2 + 4 x 3 embeddings, 7 x 4 + 4, 4 x 3 + 3, 3 + 1 weights, 20 times.
    expect(compared).toBe(20 * (6 + 12 + 32 + 15 + 4));
  });
});

it("SGD takes rate x (gradient + l2 x weight) off the rows that were touched, and nothing off the others", () => {
  const list: TermSpec[] = [{ kind: "linear", name: "linear", features: ["user"] }];
  const spec = specOf(list, { link: "squared", optimizer: { kind: "sgd", rate: 0.5, l2: 0.1 } });
  const state = loadState(newModel(spec), new Map());
  state.table("linear/user").weights.set([1, 2, 3]);
  plainLearner(state)
    .over(batchOf({ labels: [0], codes: { user: [1] } }))
    .learn(0, 1);
  expect([...state.table("linear/user").weights]).toEqual([1, 2 - 0.5 * (2 + 0.1 * 2), 3]);
});
