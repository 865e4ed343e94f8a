import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { tfjs } from "../../../src/convert/formats/tfjs/reader.js";
import type { Graph } from "../../../src/convert/graph.js";
import { openTree } from "../../../src/io/files.js";
import { describeWith } from "../../support/external.js";
import { memoryTree } from "../../support/tree.js";
import { expectSafeFiles, type Files } from "./damage.js";

const FOLDER = "fixtures/made/tfjs_layers";
interface Golden {
  user_id: number[];
  item_id: number[];
  dense: number[][];
  prob: number[];
  weights: [string, number[]][];
}
const golden = JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as Golden;
const open = (path: string): Checkpoint => tfjs.read(openTree(path));
const values = ({ tensors }: Checkpoint, name: string): number[] =>
  Array.from(tensors.get(name)?.values() ?? [], Number);

describe("a LayersModel", () => {
  const single = open(`${FOLDER}/single/model.json`);

  it("has the weights that tfjs saved, by file or by folder", () => {
    expect([...single.tensors.values()].map(({ name, shape }) => [name, shape])).toEqual(golden.weights);
    expect([...open(`${FOLDER}/single`).tensors.keys()]).toEqual([...single.tensors.keys()]);
    expect(single.format).toBe("tfjs-layers");
  });

  it("has the same bits from four shards", () => {
    const sharded = open(`${FOLDER}/sharded/model.json`);
    expect(sharded.tensors.size).toBe(golden.weights.length);
    for (const [name, { values: own }] of single.tensors)
      expect(sharded.tensors.get(name)?.values()).toEqual(own());
  });

  it.each(["uint8", "uint16", "float16"])("%s is within half a step of quantisation", (form) => {
    const quantised = open(`${FOLDER}/${form}/model.json`);
    const manifest = JSON.parse(readFileSync(`${FOLDER}/${form}/model.json`, "utf8")) as {
      weightsManifest: { weights: { name: string; quantization: { scale?: number } }[] }[];
    };
    let seen = 0;
    for (const { name, quantization } of manifest.weightsManifest[0]?.weights ?? []) {
      const [exact, near] = [values(single, name), values(quantised, name)];
      expect(near).toHaveLength(exact.length);
      exact.forEach((value, at) => {
        const step = quantization.scale ?? Math.abs(value) * 2 ** -10 + 2 ** -24;
        expect(Math.abs(value - (near[at] ?? Number.NaN))).toBeLessThanOrEqual(step * 0.501 + 1e-7);
        seen += 1;
      });
    }
    expect(seen).toBeGreaterThan(1000);
    expect(quantised.notes.length).toBe(form === "float16" ? 0 : golden.weights.length);
  });

  for (const form of ["sharded", "uint8"]) {
    const files: Files = Object.fromEntries(
      readdirSync(`${FOLDER}/${form}`).map((name) => [
        name,
        new Uint8Array(readFileSync(`${FOLDER}/${form}/${name}`)),
      ]),
    );
    expectSafeFiles(`${form}, damaged, is read or refused`, "model.json", files, { runs: 100 });
  }
});

describe("a manifest", () => {
  const weight = { name: "w", shape: [2], dtype: "float32" };
  const read = (weights: object[], paths: unknown[] = ["w.bin"], bytes = 8): Checkpoint =>
    tfjs.read(
      memoryTree("model.json", {
        "model.json": Buffer.from(JSON.stringify({ weightsManifest: [{ paths, weights }] })),
        "w.bin": new Uint8Array(bytes).fill(1),
      }),
    );

  it("reads integers, booleans, and integers that were quantised", () => {
    const checkpoint = read(
      [
        { name: "i", shape: [1], dtype: "int32" },
        { name: "b", shape: [2], dtype: "bool" },
        { name: "q", shape: [2], dtype: "int32", quantization: { dtype: "uint8", scale: 2.4, min: -1 } },
      ],
      ["w.bin"],
      8,
    );
    expect(values(checkpoint, "i")).toEqual([0x01010101]);
    expect(values(checkpoint, "b")).toEqual([1, 1]);
    expect(values(checkpoint, "q")).toEqual([1, 1]);
  });

  it("is refused where a path leads elsewhere, sizes disagree, or a type is not numbers", () => {
    for (const path of ["../w.bin", "/etc/passwd", "a/../w.bin", "c:w.bin", "a\\b", "", 3])
      expect(() => read([weight], [path]), String(path)).toThrow(/model.json, byte 0: the path/);
    expect(() => read([weight], ["w.bin"], 9)).toThrow(/shards of 9 bytes\n.*8, as the manifest/);
    expect(() => read([weight], ["w.bin"], 4)).toThrow(/w at 0 to 8\n.*4 bytes/);
    expect(() => read([{ ...weight, dtype: "string" }])).toThrow(/w: a weight of type string/);
    expect(() => read([{ ...weight, shape: [2, -1] }])).toThrow(/the weight "w"/);
    expect(() => read([{ ...weight, shape: [2 ** 40, 2 ** 40] }])).toThrow(/w/);
    expect(() => read([{ ...weight, quantization: { dtype: "uint8", scale: "x" } }])).toThrow(
      /stored as uint8/,
    );
    expect(() =>
      read([
        { ...weight, shape: [1] },
        { ...weight, shape: [1] },
      ]),
    ).toThrow(/the weight w twice/);
  });
});

describe("a Graph model's nodes", () => {
  const node = (name: string, op: string, input: string[] = [], attr: object = {}): object => ({
    ...{ name, op, input, attr },
  });
  const fused = (...names: string[]): object => ({
    fused_ops: { list: { s: names.map((name) => Buffer.from(name).toString("base64")) } },
  });
  const weights = [
    { name: "table", shape: [1, 2], dtype: "float32" },
    { name: "w", shape: [2, 2], dtype: "float32" },
    { name: "b", shape: [2], dtype: "float32" },
  ];
  const constants = weights.map(({ name }) => node(name, "Const"));
  const files = (nodes: object[], outputs?: object): Files => ({
    "model.json": Buffer.from(
      JSON.stringify({
        format: "graph-model",
        ...(outputs === undefined ? {} : { signature: { outputs } }),
        modelTopology: { node: [...constants, ...nodes] },
        weightsManifest: [{ paths: ["w.bin"], weights }],
      }),
    ),
    "w.bin": new Uint8Array(32).fill(1),
  });
  const graphOf = (nodes: object[], outputs?: object): Graph => {
    const { graph } = tfjs.read(memoryTree("model.json", files(nodes, outputs)));
    if (graph === undefined) throw new Error("no graph");
    return graph;
  };
  const NODES = [
    node("id", "Placeholder"),
    node("cast", "Cast", ["id:0", "^b"]),
    node("row", "GatherV2", ["table", "cast", "axis"]),
    node("beside", "ConcatV2", ["row", "id", "axis"]),
    node("layer", "_FusedMatMul", ["beside", "w", "b"], fused("BiasAdd", "Relu")),
    node("out", "Softmax", ["layer"]),
  ];

  it("are what they do to a row of numbers, fused ones with bias and activation", () => {
    const { nodes, outputs } = graphOf(NODES, { "out:0": { name: "out:0" } });
    expect(outputs).toEqual(["out"]);
    expect(nodes.get("cast")).toEqual({ inputs: ["id"], operation: { kind: "same" } });
    expect(nodes.get("row")).toEqual({ inputs: ["cast"], operation: { kind: "rows", tensor: "table" } });
    expect(nodes.get("beside")).toEqual({ inputs: ["row", "id"], operation: { kind: "concatenation" } });
    expect(nodes.get("layer")).toEqual({
      inputs: ["beside"],
      operation: { kind: "layer", kernel: "w", layout: "rows", bias: "b", activation: "relu" },
    });
    expect(nodes.get("out")?.operation).toEqual({ kind: "softmax" });
  });

  it("end at those that nothing reads, where no signature says", () => {
    expect(graphOf(NODES).outputs).toEqual(["out"]);
  });

  it.each([
    ["a kernel that is no weight", node("x", "MatMul", ["id", "cast"])],
    ["numbers that are transposed", node("x", "MatMul", ["id", "w"], { transpose_a: { b: true } })],
    [
      "an activation that is not known",
      node("x", "_FusedMatMul", ["id", "w", "b"], fused("BiasAdd", "Relu6")),
    ],
    ["a slope that is another", node("x", "LeakyRelu", ["id"], { alpha: { f: 0.2 } })],
    ["another operation", node("x", "Conv2D", ["id", "w"])],
  ])("are left open: %s", (_, made) => {
    expect(graphOf([...NODES, made]).nodes.get("x")?.operation.kind).toBe("other");
  });

  it("have a transposed kernel where they say so", () => {
    const { nodes } = graphOf([...NODES, node("x", "MatMul", ["id", "w"], { transpose_b: { b: true } })]);
    expect(nodes.get("x")?.operation).toMatchObject({ kind: "layer", layout: "transposed" });
  });

  expectSafeFiles("damaged, are read or refused", "model.json", files(NODES), { runs: 100 });
});

describeWith("UNBATCH_DATA", "TensorFlow.js models of others", (data) => {
  it.each([
    ["tfjs_graph/next_page_prefetch/model.json", "tfjs-graph", 8],
    ["tfjs_graph/tfjs_e2e_graph_model/model.json", "tfjs-graph", 1],
    ["tfjs_graph/tfjs_e2e_graph_model/model_new.json", "tfjs-graph", 1],
    ["tfjs_layers/abalone/model.json", "tfjs-layers", 6],
    ["tfjs_layers/tfjs_e2e_layers_model/model.json", "tfjs-layers", 4],
  ])("reads %s", (name, format, count) => {
    const checkpoint = open(`${data}/checkpoints/${name}`);
    expect(checkpoint.format).toBe(format);
    expect(checkpoint.tensors.size).toBe(count);
    for (const tensor of checkpoint.tensors.keys())
      expect(values(checkpoint, tensor).every(Number.isFinite)).toBe(true);
  });
});
