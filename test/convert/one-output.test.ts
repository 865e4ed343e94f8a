import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/convert/checkpoint.js";
import { type Converted, convert } from "../../src/convert/convert.js";
import { parseJson } from "../../src/convert/formats/json.js";
import { kerasGraph } from "../../src/convert/formats/keras-graph.js";
import type { Graph, GraphNode, Operation } from "../../src/convert/graph.js";
import { lookAt } from "../../src/convert/look-at.js";
import { withOneOutput } from "../../src/convert/one-output.js";
import { plainLearner } from "../../src/model/learner.js";
import { loadState } from "../../src/model/load.js";
import { batchOf } from "../support/learner.js";
import { checkpointOf, configOf, slotsOf, tensorOf } from "./checkpoints.js";

const KERNEL = [1, 2, 3, 4, 5, 6];
const values = ({ tensors }: Checkpoint, name: string): [readonly number[] | undefined, number[]] => {
  const tensor = tensors.get(name);
  return [tensor?.shape, Array.from(tensor?.values() ?? [], Number)];
};
const graphOf = (nodes: Record<string, [string[], Operation]>, output: string): Graph => ({
  nodes: new Map(
    Object.entries(nodes).map(([name, [inputs, operation]]): [string, GraphNode] => [
      name,
      { inputs, operation },
    ]),
  ),
  outputs: [output],
});

describe("one of a network's outputs", () => {
  it("is its column of a kernel that has the outputs last, and its bias", () => {
    const checkpoint = checkpointOf({
      "out/kernel": tensorOf("out/kernel", [2, 3], KERNEL),
      "out/bias": tensorOf("out/bias", [3], [7, 8, 9]),
    });
    const one = withOneOutput(checkpoint, 1, "m");
    expect(values(one, "out/kernel")).toEqual([
      [2, 1],
      [2, 5],
    ]);
    expect(values(one, "out/bias")).toEqual([[1], [8]]);
    expect(one.notes.join()).toContain("output 1 of the 3 of out/kernel, against the rest");
  });

  it("is its row of a kernel that has them first, as PyTorch's Linear, slots and all; other layers stay", () => {
    const square = tensorOf("0.weight", [2, 2]);
    const checkpoint = checkpointOf(
      {
        "0.weight": square,
        "0.bias": tensorOf("0.bias", [2]),
        "2.weight": tensorOf("2.weight", [3, 2], KERNEL),
        "2.bias": tensorOf("2.bias", [3], [7, 8, 9]),
      },
      {
        slots: [
          slotsOf("adagrad", "2.weight", { sum: tensorOf("s", [3, 2], [10, 20, 30, 40, 50, 60]) }),
          slotsOf("adagrad", "2.bias", { sum: tensorOf("b", [3], [70, 80, 90]) }),
          slotsOf("adagrad", "0.weight", { sum: square }),
        ],
      },
    );
    const one = withOneOutput(checkpoint, 2, "m");
    expect(values(one, "2.weight")).toEqual([
      [1, 2],
      [5, 6],
    ]);
    expect(one.tensors.get("0.weight")).toBe(square);
    const slots = one.slots.map(({ slots }) => Array.from(slots.get("sum")?.values() ?? [], Number));
    expect(slots.slice(0, 2)).toEqual([[50, 60], [90]]);
    expect(one.slots[2]?.slots.get("sum")).toBe(square);
  });

  it("is of the graph's last layer, below a softmax and through a sum with a bias", () => {
    const tensors = { w: tensorOf("w", [2, 3], KERNEL), b: tensorOf("b", [3], [7, 8, 9]), z: [4, 3] };
    const nodes: Record<string, [string[], Operation]> = {
      x: [[], { kind: "input" }],
      b: [[], { kind: "tensor", tensor: "b" }],
      product: [["x"], { kind: "layer", kernel: "w", layout: "rows", activation: "linear" }],
      logits: [["product", "b"], { kind: "sum" }],
      shaped: [["logits"], { kind: "same" }],
      classes: [["shaped"], { kind: "softmax" }],
    };
    const checkpoint = { ...checkpointOf(tensors), graph: graphOf(nodes, "classes") };
    const one = withOneOutput(checkpoint, 0, "m");
    expect([values(one, "w")[1], values(one, "b")[1]]).toEqual([[1, 4], [7]]);
    expect(one.graph?.outputs).toEqual(["logits"]);
    // The last matrix of the file is not the graph's.
    expect(one.tensors.get("z")?.shape).toEqual([4, 3]);
  });

  it("is refused where it is none, or nothing ends in several", () => {
    const checkpoint = checkpointOf({ kernel: [2, 3], bias: [3] });
    expect(() => withOneOutput(checkpoint, 3, "m")).toThrow(/output 3 of unbatch.yaml: 3 outputs of kernel/);
    expect(() => withOneOutput(checkpointOf({ a: [4, 2], b: [5, 2] }), 0, "m")).toThrow(/no last layer/);
  });

  it("need not be chosen to see what the model is", () => {
    const checkpoint = checkpointOf({
      "mlp.0.weight": [8, 4],
      "mlp.0.bias": [8],
      "mlp.2.weight": [3, 8],
      "mlp.2.bias": [3],
    });
    expect(lookAt(checkpoint, "m")).toMatchObject({ family: "wide-and-deep" });
  });
});

describe("the layers below one of several units", () => {
  const identity = (size: number): object => ({ kind: "identity", size });
  const SGD = { kind: "sgd", rate: 0.1, l2: 0 };
  const features = [
    { name: "user", encoder: identity(5) },
    { name: "item", encoder: identity(4) },
  ];
  const mlp = (units: number): Checkpoint =>
    checkpointOf({
      ...{ "user_embedding.weight": [5, 2], "item_embedding.weight": [4, 2] },
      ...{ "mlp.0.weight": [8, 4], "mlp.0.bias": [8] },
      ...{ "mlp.2.weight": [6, 8], "mlp.2.bias": [6], "mlp.4.weight": [units, 6], "mlp.4.bias": [units] },
    });
  const converted = (checkpoint: Checkpoint, terms: object = {}, of = features): Converted => {
    const config = configOf({
      ...{ features: of, checkpoint: { output: 0 }, learner: { optimizer: SGD, terms } },
    });
    return convert(
      { checkpoint, config, vocabularies: new Map(), where: "m" },
      { slots: "exact", precision: "float64" },
    );
  };
  const optimizersOf = ({ model }: Converted): object => model.spec.learner.optimizers;

  it("rest, as the others read them, with the reason; the rows and the unit's own layer learn", () => {
    const one = converted(mlp(3));
    expect(optimizersOf(one)).toEqual({
      ...{ deep: SGD, "deep/layers": { kind: "frozen" } },
      ...{ "deep/kernel_2": { ...SGD, rate: 0.01 }, "deep/bias_2": { ...SGD, rate: 0.01 } },
    });
    const said = one.optimizers.map(({ term, from }) => `${term}: ${from}`).join("\n");
    expect(said).toMatch(
      /deep\/layers: the other units of mlp\.4\.weight \(2\) read them too; learner\.terms\.deep\/layers says otherwise/,
    );
    expect(said).toMatch(/deep\/kernel_2: no other output reads it: 1\/10/);
    const outcome = (name: string): unknown => one.tensors.find((tensor) => tensor.name === name)?.outcome;
    expect(["mlp.0.weight", "mlp.2.bias", "mlp.4.weight", "user_embedding.weight"].map(outcome)).toEqual([
      ...["frozen", "frozen", "transferred", "transferred"],
    ]);
    const before = new Map([...one.model.tensors].map(([name, tensor]) => [name, String(tensor.values())]));
    const state = loadState(one.model, new Map());
    const batch = batchOf({ labels: [1, 0], codes: { user: [1, 2], item: [3, 0] } });
    plainLearner(state).over(batch).learn(0, 2);
    const moved = state.tables.filter(
      ({ name, weights }) => before.get(`${name}/weight`) !== String(weights.slice(0)),
    );
    expect(moved.map(({ name }) => name)).toEqual(["deep/user", "deep/item", "deep/kernel_2", "deep/bias_2"]);
  });

  it("learn as learner.terms says", () => {
    const own = { kind: "adagrad", rate: 0.05 };
    expect(optimizersOf(converted(mlp(3), { "deep/layers": own }))).toMatchObject({
      ...{ deep: SGD, "deep/layers": own },
    });
  });

  it("learn at a tenth where there is one unit alone", () => {
    const one = converted(mlp(1));
    expect(optimizersOf(one)).toEqual({ deep: SGD, "deep/layers": { ...SGD, rate: 0.01 } });
    expect(one.source.checkpoint.chosenUnit).toBeUndefined();
  });

  it("rest in crosses too, and what the last layer has for the crosses learns", () => {
    const features = ["user", "item", "price", "age", "word"].map((name, at) =>
      at === 2 || at === 3 ? { name, encoder: { kind: "dense" } } : { name, encoder: identity(5) },
    );
    const tables = ["user", "item", "word"].map((name) => [`${name}_embedding.weight`, [5, 2]]);
    const crosses = [0, 1].flatMap((at) => [
      [`cross_kernels.${at}`, [8, 1]],
      [`cross_bias.${at}`, [8, 1]],
    ]);
    const one = converted(
      checkpointOf({
        ...Object.fromEntries([...tables, ...crosses]),
        ...{ "dnn.0.weight": [4, 8], "dnn.0.bias": [4], "last.weight": [3, 12], "last.bias": [3] },
      }),
      {},
      features,
    );
    const learning = Object.entries(optimizersOf(one)).filter(([, spec]) => spec.kind !== "frozen");
    expect(learning.map(([name]) => name)).toEqual([
      ...["cross", "cross/cross_output", "cross/kernel_1", "cross/bias_1"],
    ]);
    expect(optimizersOf(one)).toMatchObject({ "cross/layers": { kind: "frozen" } });
  });
});

describe("a Sequential of Keras", () => {
  const graphFrom = (layers: object[]): Graph | undefined => {
    const config = { class_name: "Sequential", config: { name: "s", layers } };
    const tensors = new Map(["fc/kernel", "fc/bias"].map((name) => [name, 0]));
    return kerasGraph(parseJson(Buffer.from(JSON.stringify(config)), "config.json"), tensors);
  };
  const fc = (activation: string): object => ({ class_name: "Dense", config: { name: "fc", activation } });

  it("reads numbers where its first layer is no input", () => {
    const graph = graphFrom([fc("tanh")]);
    expect(graph?.nodes.get("fc")).toMatchObject({ inputs: ["input"], operation: { activation: "tanh" } });
    expect(graph?.nodes.get("input")?.operation).toEqual({ kind: "input" });
    const own = graphFrom([{ class_name: "InputLayer", config: { name: "numbers" } }, fc("tanh")]);
    expect(own?.nodes.get("fc")?.inputs).toEqual(["numbers"]);
    expect(own?.nodes.has("input")).toBe(false);
  });

  it("has the softmax of a layer above its sums", () => {
    const graph = graphFrom([fc("softmax")]);
    expect(graph?.outputs).toEqual(["fc"]);
    expect(graph?.nodes.get("fc")).toEqual({ inputs: ["fc/logits"], operation: { kind: "softmax" } });
    expect(graph?.nodes.get("fc/logits")?.operation).toMatchObject({ kind: "layer", activation: "linear" });
  });
});
