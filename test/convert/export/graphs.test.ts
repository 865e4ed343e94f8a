import fc from "fast-check";
import { expect, it } from "vitest";
import { onnxModel } from "../../../src/convert/export/onnx.js";
import { scoreGraph } from "../../../src/convert/export/score-graph.js";
import { ServingGraphBuilder } from "../../../src/convert/export/serving-graph.js";
import { tfjsModel } from "../../../src/convert/export/tfjs.js";
import type { ModelSpec } from "../../../src/core/model-spec.js";
import { tableShapes } from "../../../src/core/table-shapes.js";
import { newModel } from "../../../src/model/create.js";
import { plainLearner } from "../../../src/model/learner.js";
import { loadState, saveState } from "../../../src/model/load.js";
import { deepFm, deepOfSum, draw, terms } from "../../support/model-arbitraries.js";
import { FEATURES, specOf } from "../../support/models.js";
import { onnxScores, rowsAndNumbers, tfjsScores } from "./runtimes.js";

const ROWS = 9;

/** Terms of every kind that a graph can hold, all of whose weights are noise. */
const specs = fc
  .oneof(
    { arbitrary: terms, weight: 4 },
    deepFm,
    deepOfSum.map((term) => [term]),
  )
  .map((terms): ModelSpec => {
    const spec = specOf(terms);
    const shapes = terms.flatMap((term) => tableShapes(term, spec));
    return { ...spec, newRows: Object.fromEntries(shapes.map(({ name }) => [name, { noise: 0.5 }])) };
  })
  .filter(({ terms }) => terms.some(({ kind }) => kind !== "bias" && kind !== "offset"));

it("any model scores in ONNX Runtime and in TensorFlow.js as it does here, but for float32", async () => {
  const kinds = new Set<string>();
  await fc.assert(
    fc.asyncProperty(specs, fc.integer(), async (spec, seed) => {
      for (const { kind } of spec.terms) kinds.add(kind);
      const model = newModel(spec);
      const state = loadState(model, new Map());
      const { tensors } = saveState(model, state);
      const batch = draw(seed, ROWS, "logistic");
      const scores = new Float64Array(ROWS);
      plainLearner(state).over(batch).score(0, ROWS, scores);
      const graph = scoreGraph(spec);
      const inputs = rowsAndNumbers(spec, graph.inputs, batch);
      const results = [
        await onnxScores(onnxModel(graph, tensors), inputs),
        await tfjsScores(tfjsModel(graph, tensors), inputs),
      ];
      for (const { score, prediction } of results) {
        expect(score).toHaveLength(ROWS);
        for (let row = 0; row < ROWS; row++) {
          const expected = scores[row] ?? 0;
          const room = 1e-5 * Math.max(1, Math.abs(expected));
          expect(Math.abs((score[row] ?? Number.NaN) - expected)).toBeLessThan(room);
          expect(Math.abs((prediction[row] ?? Number.NaN) - 1 / (1 + Math.exp(-expected)))).toBeLessThan(
            1e-5,
          );
        }
      }
    }),
    { numRuns: 150 },
  );
  expect([...kinds].sort()).toEqual([
    "bias",
    "cross",
    "deep",
    "dot",
    "factorisation",
    "interaction",
    "linear",
    "offset",
    "towers",
  ]);
});

it("names a bag and frozen trees, which no graph of rows holds", () => {
  const [user, ...others] = FEATURES;
  if (user === undefined) throw new TypeError("no features");
  const features = [{ ...user, bag: { combine: "mean" as const } }, ...others];
  const linear = { kind: "linear" as const, name: "linear", features: ["user"] };
  expect(() => scoreGraph(specOf([linear], { features }))).toThrow(/feature user.*a bag.*safetensors/s);
  const comparison = "float32-less" as const;
  const sizes = { trees: 1, nodes: 1, leaves: 1, comparison, listedCategories: "left" as const };
  const leaves = { kind: "leaves" as const, name: "trees", features: ["price"], ...sizes };
  expect(() => scoreGraph(specOf([leaves]))).toThrow(/term trees.*frozen trees/s);
});

it("keeps features apart whose names differ in what no graph's name may hold", () => {
  const builder = new ServingGraphBuilder();
  const names = ["a b", "a.b", "a/b", "a.2f.b", "ä", "a b"].map((name) => builder.input("rows", name));
  expect(new Set(names).size).toBe(5);
  expect(builder.inputs).toHaveLength(5);
  for (const name of names) expect(name).toMatch(/^rows\/[\w.-]+$/);
});
