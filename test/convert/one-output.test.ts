import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/convert/checkpoint.js";
import { parseJson } from "../../src/convert/formats/json.js";
import { kerasGraph } from "../../src/convert/formats/keras-graph.js";
import type { Graph, GraphNode, Operation } from "../../src/convert/graph.js";
import { lookAt } from "../../src/convert/look-at.js";
import { withOneOutput } from "../../src/convert/one-output.js";
import { checkpointOf, slotsOf, tensorOf } from "./checkpoints.js";

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
