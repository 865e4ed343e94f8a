import fc from "fast-check";
import { expect, it } from "vitest";
import { bytesInMemory } from "../../src/core/bytes.js";
import { UnbatchError } from "../../src/core/errors.js";
import type { ModelSpec } from "../../src/core/model-spec.js";
import { tableShapes } from "../../src/core/table-shapes.js";
import { newModel } from "../../src/model/create.js";
import { plainLearner } from "../../src/model/learner.js";
import { loadState, saveState } from "../../src/model/load.js";
import { decodeSafetensors, encodeSafetensors } from "../../src/model/safetensors.js";
import type { ModelState } from "../../src/model/state.js";
import { draw, optimizers, terms } from "../support/model-arbitraries.js";
import { specOf } from "../support/models.js";

const ROWS = 24;

/** Random terms, each with an optimizer of its own, that begin as noise. */
const models = fc
  .record({
    terms,
    link: fc.constantFrom("logistic" as const, "squared" as const),
    batchSize: fc.integer({ min: 1, max: 5 }),
    precision: fc.constantFrom("float32" as const, "float64" as const),
    each: fc.array(optimizers, { minLength: 5, maxLength: 5 }),
  })
  .map(({ terms, link, batchSize, precision, each }): ModelSpec => {
    const spec = specOf(terms, { link, batchSize });
    const learned = Object.keys(spec.learner.optimizers);
    const entries = learned.map((name, index) => [name, each[index] ?? { kind: "frozen" }] as const);
    const shapes = terms.flatMap((term) => tableShapes(term, spec));
    return {
      ...spec,
      learner: { ...spec.learner, precision, optimizers: Object.fromEntries(entries) },
      newRows: Object.fromEntries(shapes.map(({ name }) => [name, { noise: 0.3 }])),
    };
  });

const begin = (spec: ModelSpec): ModelState => loadState(newModel(spec), new Map());
const bytes = (state: ModelState): string =>
  Buffer.from(encodeSafetensors(saveState(newModel(state.spec), state).tensors)).toString("hex");

/** The state afterwards; of a model that diverges, what was said of it. */
function learn(state: ModelState, seed: number, pieces: readonly number[]): string {
  const learner = plainLearner(state);
  const bound = learner.over(draw(seed, ROWS, state.spec.learner.link));
  let from = 0;
  try {
    for (const to of [...pieces, ROWS]) {
      bound.learn(from, to);
      from = to;
    }
    learner.flush();
  } catch (error) {
    if (error instanceof UnbatchError) return error.message;
    throw error;
  }
  return bytes(state);
}

it("any model with any optimizers learns the same however the calls are cut", () => {
  let moved = 0;
  fc.assert(
    fc.property(models, fc.nat(), fc.array(fc.nat(ROWS), { maxLength: 4 }), (spec, seed, cuts) => {
      const [whole, cut] = [begin(spec), begin(spec)];
      const before = bytes(whole);
      const after = learn(whole, seed, []);
      const pieces = [...cuts].sort((a, b) => a - b);
      expect(learn(cut, seed, pieces)).toBe(after);
      if (after !== before) moved += 1;
    }),
    { numRuns: 150 },
  );
  expect(moved).toBeGreaterThan(100);
});

it("any model scores and learns in one pass as it does row by row", () => {
  let scored = 0;
  fc.assert(
    fc.property(models, fc.nat(), (spec, seed) => {
      const batch = draw(seed, ROWS, spec.learner.link);
      const [apart, together] = [begin(spec), begin(spec)].map((state) => plainLearner(state).over(batch));
      const scores = new Float64Array(ROWS);
      const expected = new Float64Array(ROWS);
      const run = (learn: () => void): string => {
        try {
          learn();
        } catch (error) {
          if (error instanceof UnbatchError) return error.message;
          throw error;
        }
        return "learned";
      };
      const end = run(() => {
        for (let row = 0; row < ROWS; row++) {
          apart?.score(row, row + 1, expected);
          apart?.learn(row, row + 1);
        }
      });
      expect(run(() => together?.scoreThenLearn(0, ROWS, scores))).toBe(end);
      expect(scores).toEqual(expected);
      scored += scores.filter((score) => score !== 0).length;
    }),
    { numRuns: 100 },
  );
  expect(scored).toBeGreaterThan(1500);
});

it("any model goes on from its folder, or from a copy, as if it had never stopped", () => {
  let tensors = 0;
  fc.assert(
    fc.property(models, fc.nat(), (spec, seed) => {
      const first = begin(spec);
      fc.pre(learn(first, seed, []) === bytes(first));
      const saved = saveState(newModel(spec), first);
      const read = decodeSafetensors(bytesInMemory("state", encodeSafetensors(saved.tensors)), "state");
      const loaded = loadState({ ...saved, tensors: read }, new Map());
      const copied = first.derive(spec.learner);
      const after = learn(first, seed + 1, []);
      expect(learn(loaded, seed + 1, [])).toBe(after);
      expect(learn(copied, seed + 1, [])).toBe(after);
      tensors += read.size;
    }),
    { numRuns: 150 },
  );
  expect(tensors).toBeGreaterThan(1000);
});
