import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FeatureSpec, ModelSpec, OptimizerSpec, TermSpec } from "../../src/core/model-spec.js";
import { tableShapes } from "../../src/core/table-shapes.js";
import type { EventBatch } from "../../src/model/batch.js";
import { newModel } from "../../src/model/create.js";
import { plainLearner } from "../../src/model/learner.js";
import { loadState, saveState } from "../../src/model/load.js";
import type { OnlineModel } from "../../src/model/model.js";
import { narrowModel } from "../../src/model/narrow.js";
import { batchOf } from "../support/learner.js";
import { draw, optimizers, terms } from "../support/model-arbitraries.js";
import { FEATURES, specOf } from "../support/models.js";

/** Fewer than there are users and items, so that some rows are left out. */
const ROWS = 3;

/** A model of noise that has learned some events, so that its slots are no more as they began. */
function learned(spec: ModelSpec, seed: number): OnlineModel {
  const model = newModel(spec);
  const state = loadState(model, new Map());
  const learner = plainLearner(state);
  learner.over(draw(seed, 8, spec.learner.link)).learn(0, 8);
  learner.flush();
  return saveState(model, state);
}

function course(
  model: OnlineModel,
  batch: EventBatch,
  newIds: ReadonlyMap<string, readonly string[]> = new Map(),
): Float64Array[] {
  const bound = plainLearner(loadState(model, newIds)).over(batch);
  const scores = [0, 1].map(() => new Float64Array(batch.rows));
  for (const pass of scores) bound.scoreThenLearn(0, batch.rows, pass);
  return scores;
}

describe("the part of a model that events read", () => {
  it("takes no table for another's whose name goes on behind a slash", () => {
    const encoder = { kind: "identity", size: 4, outOfRange: "reject" } as const;
    const features = ["user", "user/geo"].map((name) => ({ name, column: name, encoder }));
    const linear = { kind: "linear", name: "linear", features: ["user", "user/geo"] } as const;
    const model = newModel(specOf([linear], { features }));
    const state = loadState(model, new Map());
    for (const [at, table] of state.tables.entries())
      for (let row = 0; row < 4; row++) table.weights[row] = 10 ** at * (row + 1);
    const batch = batchOf({ labels: [0, 1], codes: { user: [1, 2], "user/geo": [0, 1] } });
    const whole = saveState(model, state);
    const part = narrowModel(whole, batch);
    expect(course(part.model, part.batch)).toEqual(course(whole, batch));
    expect(course(whole, batch)[0]?.[0]).toBe(12);
  });

  it("scores and learns them as the whole does", () => {
    let [dropped, scored] = [0, 0];
    fc.assert(
      fc.property(terms, optimizers, fc.nat(), (list, optimizer, seed) => {
        const spec = specOf(list, { optimizer: { ...optimizer, rate: 0.01 } as typeof optimizer });
        const shapes = list.flatMap((term) => tableShapes(term, spec));
        const newRows = Object.fromEntries(shapes.map(({ name }) => [name, { noise: 0.3 }]));
        const model = learned({ ...spec, newRows }, seed);
        const batch = draw(seed + 1, ROWS, spec.learner.link);
        const narrow = narrowModel(model, batch);
        const expected = course(model, batch);
        expect(course(narrow.model, narrow.batch)).toEqual(expected);
        scored += expected.flatMap((scores) => [...scores]).filter((score) => score !== 0).length;
        for (const [name, { shape }] of narrow.model.tensors)
          dropped += (model.tensors.get(name)?.shape[0] ?? 0) - (shape[0] ?? 0);
      }),
      { numRuns: 150 },
    );
    expect(dropped).toBeGreaterThan(150);
    expect(scored).toBeGreaterThan(500);
  });

  it("has the unknown row, and gives new ids rows of their own as the whole does", () => {
    const user: FeatureSpec = {
      name: "user",
      column: "user",
      encoder: { kind: "vocabulary", unknown: { rule: "grow", row: 3 } },
    };
    const dot: TermSpec = { kind: "dot", name: "dot", left: "user", right: "item", width: 2 };
    const linear: TermSpec = { kind: "linear", name: "linear", features: ["user"] };
    const features = [user, ...FEATURES.filter(({ name }) => name === "item")];
    const optimizer: OptimizerSpec = { kind: "sgd", rate: 0.1, l2: 0 };
    const noise = Object.fromEntries(["dot/user", "dot/item"].map((table) => [table, { noise: 1 }]));
    const begun = newModel({ ...specOf([dot, linear], { features, optimizer }), newRows: noise });
    const ids = { ids: ["a", "b", "c"], rows: Int32Array.of(0, 1, 2), counts: new Float64Array(3) };
    const model = { ...begun, vocabularies: new Map([["user", ids]]) };
    const state = loadState(model, new Map());
    state.table("linear/user").weights.set([1, 2, 3, 4]);
    const saved = saveState(model, state);
    const users = [2, -1, -2, 2, 0, -2];
    const batch = batchOf({ labels: [1, 0, 1, 0, 1, 0], codes: { user: users, item: [1, 0, 3, 1, 1, 0] } });
    const newIds = new Map([["user", ["x", "y"]]]);
    const narrow = narrowModel(saved, batch);
    expect(narrow.rows).toEqual(
      new Map([
        ["user", Int32Array.of(0, 2, 3)],
        ["item", Int32Array.of(0, 1, 3)],
      ]),
    );
    expect(narrow.model.tensors.get("linear/user/weight")?.values()).toEqual(Float64Array.of(1, 3, 4));
    const expected = course(saved, batch, newIds);
    expect(course(narrow.model, narrow.batch, newIds)).toEqual(expected);
    expect(new Set(expected.flatMap((scores) => [...scores])).size).toBeGreaterThan(8);
  });
});
