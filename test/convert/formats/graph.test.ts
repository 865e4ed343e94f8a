import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import type { ColumnInput } from "../../../src/convert/column-input.js";
import { tensorflow } from "../../../src/convert/formats/tensorflow/reader.js";
import { UnbatchError } from "../../../src/core/errors.js";
import { memoryTree } from "../../support/tree.js";
import { bundle } from "./bundles.js";
import { changes } from "./changes.js";
import {
  type Body,
  callee,
  constant,
  floats,
  integer,
  node,
  savedModel,
  tensor,
  type,
  types,
  variable,
} from "./graphs.js";

const files = (graph: Buffer): { [name: string]: Buffer } => ({
  "saved_model.pb": graph,
  ...bundle("variables/variables", { weights: { shape: [1], values: [1] } }),
  "assets/cities": Buffer.from("paris\nrome\r\n"),
});
const open = (
  nodes: readonly Buffer[],
  functions: readonly Body[] = [],
  outputs: Readonly<Record<string, string>> = {},
): Checkpoint => tensorflow.read(memoryTree("export", files(savedModel(nodes, functions, outputs))));
const inputs = (nodes: readonly Buffer[], functions: readonly Body[] = []): readonly ColumnInput[] =>
  open(nodes, functions).inputs ?? [];

const placeholder = (name: string, dtype: "float32" | "int64" | "string"): Buffer =>
  node(`serving_default_${name}`, "Placeholder", [], { dtype: type(dtype) });
const gather = (name: string, table: string, ids: string): Buffer =>
  node(name, "ResourceGather", [table, ids]);
const feeds = (tensorName: string, position = 0): { tensor: string; position: number }[] => [
  { tensor: tensorName, position },
];

describe("the graph of a SavedModel", () => {
  it("through the calls of functions, to a table each: hash buckets, boundaries, whole numbers", () => {
    const inner: Body = {
      name: "encode",
      arguments: ["city", "age"],
      nodes: [
        node("bucket", "StringToHashBucketFast", ["city"], { num_buckets: integer(7) }),
        node("age_bucket", "Bucketize", ["age"], { T: type("float32"), boundaries: floats([18, 35.5]) }),
      ],
      returns: { ids: "bucket:output:0", ages: "age_bucket:output:0" },
    };
    const outer: Body = {
      name: "model",
      arguments: ["city", "age", "city_table", "age_table"],
      nodes: [
        node("inner", "PartitionedCall", ["city", "age"], { f: callee("encode") }),
        gather("city_rows", "city_table", "inner:output:0"),
        gather("age_rows", "age_table", "inner:output:1"),
      ],
      returns: { score: "city_rows:output:0" },
    };
    const main = [
      placeholder("city", "string"),
      placeholder("age", "float32"),
      placeholder("hour", "int64"),
      variable("city/embeddings", [7, 4]),
      variable("age/embeddings", [3, 4]),
      variable("hour/embeddings", [24, 4]),
      node(
        "call",
        "StatefulPartitionedCall",
        ["serving_default_city", "serving_default_age", "city/embeddings", "age/embeddings", "^other"],
        { f: callee("model") },
      ),
      gather("hours", "hour/embeddings", "serving_default_hour"),
    ];
    expect(inputs(main, [inner, outer])).toEqual([
      {
        column: "hour",
        encoder: { kind: "identity", size: 24, outOfRange: "reject" },
        feeds: feeds("hour/embeddings"),
      },
      {
        column: "city",
        encoder: { kind: "hash", buckets: 7, function: "farmhash64" },
        feeds: feeds("city/embeddings"),
      },
      {
        column: "age",
        encoder: { kind: "bucketize", boundaries: [18, 35.5], precision: "float32" },
        feeds: feeds("age/embeddings"),
      },
    ]);
  });

  const lookup = (more: readonly Buffer[]): Buffer[] => [
    placeholder("city", "string"),
    variable("city/weights", [5, 1]),
    node("table", "HashTableV2"),
    constant("default", "int64", [-1], []),
    node("find", "LookupTableFindV2", ["table", "serving_default_city", "default"]),
    ...more,
  ];
  const textFile = (path: string, keyIndex: number): Buffer[] => [
    constant("path", "string", [path], []),
    node("init", "InitializeTableFromTextFileV2", ["table", "path"], {
      key_index: integer(keyIndex),
      value_index: integer(-1),
      vocab_size: integer(-1),
    }),
  ];
  const withBuckets = [
    node("hash", "StringToHashBucketFast", ["serving_default_city"], { num_buckets: integer(3) }),
    node("size", "LookupTableSizeV2", ["table"]),
    node("sum", "AddV2", ["hash", "size"]),
    node("known", "NotEqual", ["find", "default"]),
    node("ids", "SelectV2", ["known", "find", "sum"]),
    gather("rows", "city/weights", "ids"),
  ];

  it("a vocabulary of the assets by its file's name alone, with its buckets", () => {
    const nodes = lookup([...textFile("/machine/of/others/cities", -2), ...withBuckets]);
    expect(inputs(nodes)).toEqual([
      {
        column: "city",
        encoder: { kind: "vocabulary", file: "cities", unknown: { buckets: 3, function: "farmhash64" } },
        feeds: feeds("city/weights"),
      },
    ]);
  });

  it.each([
    ["a path that is no asset", textFile("/etc/passwd", -2)],
    ["a column of a file", textFile("/x/cities", 0)],
    ["nothing", []],
  ])("a vocabulary filled by %s is left, and said", (_, init) => {
    const checkpoint = open(lookup([...init, ...withBuckets]));
    expect(checkpoint.inputs).toEqual([]);
    expect(checkpoint.notes).toContain(
      "city/weights: rows picked by a lookup table whose contents are not known (find), which is not known",
    );
  });

  it("a vocabulary that stands in the graph becomes one of the checkpoint's", () => {
    const checkpoint = open(
      lookup([
        constant("keys", "string", ["oslo", "bonn"]),
        constant("values", "int64", [2, 1]),
        node("init", "InitializeTableV2", ["table", "keys", "values"]),
        gather("rows", "city/weights", "find"),
      ]),
    );
    expect(checkpoint.inputs?.[0]?.encoder).toEqual({ kind: "vocabulary", key: "find", unknown: "grow" });
    expect([...(checkpoint.vocabularies.get("find") ?? [])]).toEqual([
      ["oslo", 2],
      ["bonn", 1],
    ]);
    expect([...(checkpoint.vocabularies.get("cities")?.keys() ?? [])]).toEqual(["paris", "rome"]);
  });

  it("the inputs of a first layer in their order: numbers of parsed examples, and embeddings beside them", () => {
    const nodes = [
      node("serialized", "Placeholder", [], { dtype: type("string") }),
      constant("names", "string", []),
      constant("sparse", "string", ["miles", "user"]),
      constant("dense", "string", ["price"]),
      constant("ragged", "string", []),
      constant("fallback", "float32", [2.5]),
      node("parse", "ParseExampleV2", ["serialized", "names", "sparse", "dense", "ragged", "fallback"], {
        sparse_types: types(["int64", "int64"]),
        Tdense: types(["float32"]),
      }),
      constant("zero", "int64", [0], []),
      constant("sizes", "int64", [1, 1]),
      node("miles", "SparseToDense", ["parse", "sizes", "parse:2", "zero"]),
      node("as_float", "Cast", ["miles"], { SrcT: type("int64"), DstT: type("float32") }),
      node("log", "Log1p", ["as_float"], { T: type("float32") }),
      constant("mean", "float32", [0.1], []),
      constant("variance", "float32", [2], []),
      node("centred", "Sub", ["log", "mean"], { T: type("float32") }),
      node("deviation", "Sqrt", ["variance"], { T: type("float32") }),
      node("z", "RealDiv", ["centred", "deviation"], { T: type("float32") }),
      variable("users", [100, 3]),
      gather("user", "users", "parse:3"),
      constant("axis", "int32", [1], []),
      node("side_by_side", "ConcatV2", ["parse:6", "user", "z", "axis"]),
      variable("kernel", [5, 8]),
      node("read", "ReadVariableOp", ["kernel"]),
      node("product", "MatMul", ["side_by_side", "read"]),
      node("relu", "Relu", ["product"]),
      variable("second", [8, 1]),
      node("read_second", "ReadVariableOp", ["second"]),
      node("score", "MatMul", ["relu", "read_second"]),
    ];
    const dense = { kind: "dense", precision: "float32" } as const;
    expect(inputs(nodes)).toEqual([
      {
        column: "user",
        encoder: { kind: "identity", size: 100, outOfRange: "reject" },
        feeds: [...feeds("users"), ...feeds("kernel", 1)],
      },
      {
        column: "price",
        encoder: { ...dense, mean: 0, scale: 1, transform: "none", truncate: false, missing: 2.5 },
        feeds: feeds("kernel", 0),
      },
      {
        column: "miles",
        encoder: {
          ...dense,
          mean: Math.fround(0.1),
          scale: Math.fround(Math.SQRT2),
          transform: "log1p",
          truncate: true,
          missing: 0,
        },
        feeds: feeds("kernel", 4),
      },
    ]);
  });

  it("zeros under a condition of the model's own are not taken for those of an example without a value", () => {
    const nodes = [
      placeholder("age", "float32"),
      constant("limit", "float32", [100], []),
      node("is_high", "Greater", ["serving_default_age", "limit"]),
      node("zeros", "ZerosLike", ["serving_default_age"]),
      node("cut", "SelectV2", ["is_high", "zeros", "serving_default_age"]),
      node("bucket", "Bucketize", ["cut"], { T: type("float32"), boundaries: floats([1]) }),
      variable("ages", [2, 1]),
      gather("rows", "ages", "bucket"),
    ];
    const checkpoint = open(nodes);
    expect(checkpoint.inputs).toEqual([]);
    expect(checkpoint.notes).toEqual(["ages: rows picked by SelectV2 (cut), which is not known"]);
  });

  const network = (activation: string): Buffer[] => [
    placeholder("price", "float32"),
    placeholder("user", "int64"),
    variable("users", [9, 2]),
    variable("weights", [9, 1]),
    variable("kernel_0", [3, 4]),
    variable("bias_0", [4]),
    variable("kernel_1", [4, 1]),
    gather("user", "users", "serving_default_user"),
    gather("weight", "weights", "serving_default_user"),
    constant("axis", "int32", [1], []),
    node("inputs", "ConcatV2", ["user", "serving_default_price", "axis"]),
    node("product_0", "MatMul", ["inputs", "kernel_0"]),
    node("sums_0", "BiasAdd", ["product_0", "bias_0"]),
    node("hidden", activation, ["sums_0"]),
    node("deep", "MatMul", ["hidden", "kernel_1"]),
    node("score", "AddV2", ["deep", "weight"]),
    node("probability", "Sigmoid", ["score"]),
  ];

  it("the score down to the columns: rows, layers with bias and activation, sums", () => {
    const { graph } = open(network("Tanh"), [], { probability: "probability:0" });
    expect(graph?.outputs).toEqual(["probability:0"]);
    const layer = { kind: "layer", layout: "rows", activation: "linear" };
    expect(Object.fromEntries(graph?.nodes ?? [])).toEqual({
      "probability:0": { inputs: ["score:0"], operation: { kind: "activation", activation: "sigmoid" } },
      "score:0": { inputs: ["deep:0", "weight:0"], operation: { kind: "sum" } },
      "weight:0": { inputs: ["user"], operation: { kind: "rows", tensor: "weights" } },
      "deep:0": { inputs: ["hidden:0"], operation: { ...layer, kernel: "kernel_1" } },
      "hidden:0": { inputs: ["sums_0:0"], operation: { kind: "activation", activation: "tanh" } },
      "sums_0:0": { inputs: ["product_0:0", "bias_0:0"], operation: { kind: "sum" } },
      "bias_0:0": { inputs: [], operation: { kind: "tensor", tensor: "bias_0" } },
      "product_0:0": { inputs: ["inputs:0"], operation: { ...layer, kernel: "kernel_0" } },
      "inputs:0": { inputs: ["user:0", "price"], operation: { kind: "concatenation" } },
      "user:0": { inputs: ["user"], operation: { kind: "rows", tensor: "users" } },
      user: { inputs: [], operation: { kind: "input" } },
      price: { inputs: [], operation: { kind: "input" } },
    });
  });

  it("with an activation that is not known, or outputs of which none is the score: why there is no graph, rather than half of one", () => {
    const why = (nodes: Buffer[], outputs: Record<string, string>): [unknown, string | undefined] => {
      const { graph, beyondGraph } = open(nodes, [], outputs);
      return [graph, beyondGraph];
    };
    const one = { probability: "probability:0" };
    expect(why(network("Mish"), one)).toEqual([undefined, "Mish (hidden)"]);
    expect(why(network("Sub"), one)).toEqual([undefined, "Sub (hidden)"]);
    expect(why(network("Tanh"), { a: "probability:0", b: "hidden:0" })).toEqual([
      ...[undefined, "2 outputs, probability:0, hidden:0, none called logits"],
    ]);
    expect(why(network("Tanh"), {})).toEqual([undefined, "no output that its signatures name"]);
    expect(why(network("Tanh"), { probability: "gone:0" })).toEqual([undefined, "nothing that gives gone:0"]);
    expect(open(network("Tanh"), [], one).beyondGraph).toBeUndefined();
    expect(open(network("Tanh"), [], { a: "probability:0", logits: "score:0" }).graph?.outputs).toEqual([
      "score:0",
    ]);
  });

  it("more buckets than rows: those beyond have the row that the range check gives them", () => {
    const nodes = [
      placeholder("age", "float32"),
      variable("age/weights", [2, 1]),
      node("bucket", "Bucketize", ["serving_default_age"], {
        T: type("float32"),
        boundaries: floats([1, 2, 3]),
      }),
      constant("nothing", "int64", [0], []),
      constant("rows", "int64", [2], []),
      node("below", "Less", ["bucket", "nothing"]),
      node("above", "GreaterEqual", ["bucket", "rows"]),
      node("outside", "LogicalOr", ["below", "above"]),
      node("ids", "SelectV2", ["outside", "nothing", "bucket"]),
      gather("weights", "age/weights", "ids"),
    ];
    expect(inputs(nodes)[0]?.encoder).toEqual({
      kind: "bucketize",
      boundaries: [1, 2, 3],
      precision: "float32",
      beyond: { from: 2, row: 0 },
    });
  });

  it.each<[string, readonly Buffer[], readonly Body[]]>([
    [
      "nodes in a circle",
      [
        node("a", "Identity", ["b"]),
        node("b", "Identity", ["a"]),
        gather("rows", "t", "a"),
        variable("t", [1, 1]),
      ],
      [],
    ],
    [
      "a function that calls itself",
      [variable("t", [1, 1]), node("call", "f", []), gather("rows", "t", "call")],
      [{ name: "f", arguments: [], nodes: [node("again", "f", [])], returns: { y: "again:y:0" } }],
    ],
    ["a reference to nothing", [variable("t", [1, 1]), gather("rows", "t", "no:such:7")], []],
    [
      "a constant larger than its bytes",
      [
        variable("t", [1, 1]),
        node("big", "Const", [], { value: tensor("float32", [], [2 ** 40]) }),
        gather("rows", "t", "big"),
      ],
      [],
    ],
  ])("%s: nothing is traced, and nothing hangs", (_, nodes, functions) => {
    expect(inputs(nodes, functions)).toEqual([]);
  });

  it("functions that double at each level are not walked to their end", () => {
    const functions = Array.from(
      { length: 30 },
      (_, level): Body => ({
        name: `f${level}`,
        arguments: [],
        nodes: [node("left", `f${level + 1}`), node("right", `f${level + 1}`)],
        returns: {},
      }),
    );
    const checkpoint = open([node("call", "f0")], functions);
    expect(checkpoint.inputs).toEqual([]);
    expect(checkpoint.notes).toEqual(["saved_model.pb: more than 1000000 steps of calls, not traced"]);
  });

  it("damage is an error of one type, or a graph", () => {
    const whole = savedModel(lookup([...textFile("cities", -2), ...withBuckets]));
    const outcomes = { read: 0, refused: 0 };
    fc.assert(
      fc.property(changes, (change) => {
        try {
          tensorflow.read(memoryTree("export", files(Buffer.from(change(whole)))));
          outcomes.read += 1;
        } catch (error) {
          if (!(error instanceof UnbatchError)) throw error;
          expect(error.parts.where).toMatch(/saved_model\.pb/);
          outcomes.refused += 1;
        }
      }),
      { seed: 11, numRuns: 400 },
    );
    expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(20);
  });
});
