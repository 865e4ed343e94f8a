import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { recogniseGraph, scoresIn } from "../../../src/convert/families/from-graph.js";
import { parseJson } from "../../../src/convert/formats/json.js";
import { tfjsGraph } from "../../../src/convert/formats/tfjs/graph.js";
import type { Graph } from "../../../src/convert/graph.js";
import { openCheckpoint } from "../../../src/convert/open.js";
import { openTree } from "../../../src/io/files.js";
import { dataFolder, describeWith } from "../../support/external.js";
import { checkpointOf } from "../checkpoints.js";

interface Node {
  name: string;
  op: string;
  input?: string[];
  attr?: object;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const fused = (...ops: string[]): object => ({ attr: { fused_ops: { list: { s: ops.map(base64) } } } });
const json = (value: unknown) => parseJson(new TextEncoder().encode(JSON.stringify(value)), "model.json");

function graphOf(nodes: readonly Node[], weights: readonly string[], outputs: readonly string[] = []): Graph {
  const signature = { outputs: Object.fromEntries(outputs.map((name) => [name, { name: `${name}:0` }])) };
  const model = json({ modelTopology: { node: nodes }, signature });
  const graph = tfjsGraph(model, new Map(weights.map((name) => [name, 0])));
  if (graph === undefined) throw new Error("no graph");
  return graph;
}

/** As tfjs-converter writes two embeddings and two layers: weights as constants, biases and activations fused. */
const NODES: Node[] = [
  ...["user", "item", "k0", "b0", "k1", "b1", "axis"].map((name) => ({ name, op: "Const" })),
  ...["user_id", "item_id"].map((name) => ({ name, op: "Placeholder" })),
  { name: "cast", op: "Cast", input: ["user_id:0"] },
  { name: "u", op: "GatherV2", input: ["user", "cast", "axis"] },
  { name: "i", op: "GatherV2", input: ["item", "item_id", "axis", "^cast"] },
  { name: "flat", op: "Reshape", input: ["u", "axis"] },
  { name: "both", op: "ConcatV2", input: ["flat", "i", "axis"] },
  { name: "h", op: "_FusedMatMul", input: ["both", "k0", "b0"], ...fused("BiasAdd", "Tanh") },
  { name: "logit", op: "_FusedMatMul", input: ["h", "k1", "b1"], ...fused("BiasAdd") },
  { name: "p", op: "Sigmoid", input: ["logit"] },
  { name: "Identity", op: "Identity", input: ["p"] },
];
const WEIGHTS = ["user", "item", "k0", "b0", "k1", "b1"];
const SHAPES = { user: [9, 4], item: [7, 3], k0: [7, 5], b0: [5], k1: [5, 1], b1: [1] };

describe("a TensorFlow.js graph model is read by its operators", () => {
  it("rows, layers with what is fused into them, inputs through casts and reshapes", () => {
    const graph = graphOf(NODES, WEIGHTS, ["Identity"]);
    const checkpoint = { ...checkpointOf(SHAPES), graph };
    const recognised = recogniseGraph(checkpoint, undefined);
    expect(recognised).toMatchObject({ family: "ncf", assumed: [] });
    if (typeof recognised === "string") throw new Error(recognised);
    expect(recognised.inputs.get("deep")).toEqual([{ tensor: "user" }, { tensor: "item" }]);
    expect(
      recognised.roles.flatMap(({ role, activation }) => (/kernel/.test(role) ? [activation] : [])),
    ).toEqual(["tanh", "linear"]);
  });

  it("a score and its sigmoid are one output, in either order and whatever hands them on", () => {
    expect(scoresIn(graphOf(NODES, WEIGHTS, ["Identity", "logit"]))).toEqual(["logit"]);
    expect(scoresIn(graphOf(NODES, WEIGHTS, ["logit", "p"]))).toEqual(["logit"]);
    expect(scoresIn(graphOf(NODES, WEIGHTS, ["p"]))).toEqual(["p"]);
    expect(scoresIn(graphOf(NODES, WEIGHTS, ["p", "h"]))).toEqual(["p", "h"]);
  });

  it("without a signature its outputs are what nothing reads", () => {
    expect(graphOf(NODES, WEIGHTS).outputs).toEqual(["Identity"]);
  });

  it("what it cannot tell is named: another operator, another fused one, a turned kernel, a cycle", () => {
    const changed = (name: string, change: object): string => {
      const nodes = NODES.map((node) => (node.name === name ? { ...node, ...change } : node));
      const graph = graphOf(nodes, WEIGHTS, ["Identity"]);
      return String(recogniseGraph({ ...checkpointOf(SHAPES), graph }, undefined));
    };
    expect(changed("h", fused("BiasAdd", "Atan"))).toBe("_FusedMatMul h");
    expect(changed("h", { input: ["both", "k0", "elsewhere"] })).toBe("_FusedMatMul h");
    expect(changed("h", { attr: {} })).toBe("_FusedMatMul h");
    expect(changed("p", { op: "Softsign" })).toBe("Softsign p");
    expect(changed("logit", { op: "MatMul", attr: { transpose_a: { b: true } } })).toBe("MatMul logit");
    expect(changed("u", { input: ["elsewhere", "cast", "axis"] })).toBe("GatherV2 u");
    expect(changed("both", { input: ["both", "axis"] })).toMatch(/one on the other/);
    expect(tfjsGraph(json({ modelTopology: { node: 3 } }), new Map())).toBeUndefined();
  });
});

describeWith("UNBATCH_DATA", "a graph model that others published", () => {
  it("next_page_prefetch: its operators are known ", async () => {
    const path = `${dataFolder()}/checkpoints/tfjs_graph/next_page_prefetch`;
    const { graph } = await openCheckpoint(openTree(path));
    const nodes = (
      JSON.parse(readFileSync(`${path}/model.json`, "utf8")) as { modelTopology: { node: Node[] } }
    ).modelTopology.node;
    expect(graph?.nodes.size).toBe(nodes.length);
    const unknown = [...(graph?.nodes ?? [])].filter(([, { operation }]) => operation.kind === "other");
    expect(unknown).toEqual([]);
  });
});
