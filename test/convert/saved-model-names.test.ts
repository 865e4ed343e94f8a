import { expect, it } from "vitest";
import type { Checkpoint } from "../../src/convert/checkpoint.js";
import { type Converted, convert } from "../../src/convert/convert.js";
import { tensorflow } from "../../src/convert/formats/tensorflow/reader.js";
import { memoryTree } from "../support/tree.js";
import { configOf } from "./checkpoints.js";
import { bundle } from "./formats/bundles.js";
import { constant, node, savedModel, type, variable } from "./formats/graphs.js";

const values = (count: number): number[] => Array.from({ length: count }, (_, at) => at / 7);

const TABLES = { "embedding/embeddings": [5, 2], "embedding_1/embeddings": [7, 2] };

/** Two tables, whose names say nothing of their columns, and two layers with an activation between them. */
function exported(activation: string): Checkpoint {
  const column = (name: string): Buffer =>
    node(`serving_default_${name}`, "Placeholder", [], { dtype: type("int64") });
  const graph = [
    column("query"),
    column("page"),
    ...Object.entries(TABLES).map(([name, shape]) => variable(name, shape)),
    variable("dense/kernel", [4, 3]),
    variable("dense/bias", [3]),
    variable("dense_1/kernel", [3, 1]),
    variable("dense_1/bias", [1]),
    node("pages", "ResourceGather", ["embedding/embeddings", "serving_default_page"]),
    node("queries", "ResourceGather", ["embedding_1/embeddings", "serving_default_query"]),
    constant("axis", "int32", [1], []),
    node("inputs", "ConcatV2", ["queries", "pages", "axis"]),
    node("product", "MatMul", ["inputs", "dense/kernel"]),
    node("sums", "BiasAdd", ["product", "dense/bias"]),
    node("hidden", activation, ["sums"]),
    node("last", "MatMul", ["hidden", "dense_1/kernel"]),
    node("logit", "BiasAdd", ["last", "dense_1/bias"]),
    node("probability", "Sigmoid", ["logit"]),
  ];
  const shapes = {
    ...TABLES,
    "dense/kernel": [4, 3],
    "dense/bias": [3],
    "dense_1/kernel": [3, 1],
    "dense_1/bias": [1],
  };
  return tensorflow.read(
    memoryTree("export", {
      "saved_model.pb": savedModel(graph, [], { probability: "probability:0" }),
      ...bundle(
        "variables/variables",
        Object.fromEntries(
          Object.entries(shapes).map(([name, shape]) => [
            name,
            { shape, values: values(shape.reduce((product, size) => product * size, 1)) },
          ]),
        ),
      ),
    }),
  );
}

function converted(activation: string): Converted {
  const config = configOf({
    features: [
      // The number in embedding_1 would be the other one's place.
      { name: "query", encoder: { kind: "identity", size: 7 } },
      { name: "page", encoder: { kind: "identity", size: 5 } },
    ],
    learner: { optimizer: { kind: "adagrad", rate: 0.1 } },
  });
  return convert(
    { checkpoint: exported(activation), config, vocabularies: new Map(), where: "export" },
    { slots: "exact", precision: "float32" },
  );
}

it("tables whose names say nothing, or the wrong thing, go to the columns that the graph feeds them with", () => {
  const { bound } = converted("Elu");
  const tensorOf = (table: string): string | undefined =>
    bound.tables.find((one) => one.table === table)?.tensor;
  expect([tensorOf("deep/page"), tensorOf("deep/query")]).toEqual(Object.keys(TABLES));
  const [deep] = bound.terms;
  expect(deep).toMatchObject({
    kind: "deep",
    inputs: [{ feature: "query" }, { feature: "page" }],
    layers: [
      { units: 3, activation: "elu" },
      { units: 1, activation: "linear" },
    ],
  });
});

it("an operation that is not known is named, where roles then go by names and shapes", () => {
  const [first] = converted("Mish").bound.assumed;
  expect(first).toBe(
    "roles by names and shapes, since its graph has Mish (hidden): only golden outputs can prove them",
  );
  expect(converted("Elu").bound.assumed.join()).not.toContain("by names");
});

it("it is named where they tell nothing either", () => {
  const checkpoint = exported("Mish");
  const config = configOf({ features: [], checkpoint: { family: "matrix-factorisation" } });
  expect(() =>
    convert(
      { checkpoint, config, vocabularies: new Map(), where: "export" },
      { slots: "exact", precision: "float32" },
    ),
  ).toThrow(/no family that is known here.*\(its graph has Mish \(hidden\)\)/s);
});
