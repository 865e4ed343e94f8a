import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { xgboost } from "../../../src/convert/formats/xgboost/reader.js";
import { leafOf, marginsOf, type Trees } from "../../../src/convert/trees.js";
import { openTree } from "../../../src/io/files.js";
import { describeWith } from "../../support/external.js";
import { memoryTree } from "../../support/tree.js";
import { expectSafeFiles } from "./damage.js";

const FOLDER = "fixtures/made/xgboost_ctr";
interface Golden {
  features?: string[];
  rows: (number | null)[][];
  margin: number[];
  prob: number[];
  leaf: number[][];
}
const json = <T>(name: string): T => JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8")) as T;
const open = (path: string): Checkpoint => xgboost.read(openTree(path));
const rowOf = (row: readonly (number | null)[]): number[] => row.map((value) => value ?? Number.NaN);

function treesOf({ trees }: Checkpoint): Trees {
  if (trees === undefined) throw new Error("no trees");
  return trees;
}

describe.each([
  ["model.json", "golden.json"],
  ["model.ubj", "golden.json"],
  ["model_legacy.bin", "golden.json"],
  ["model_categorical.json", "golden_categorical.json"],
  ["model_categorical.ubj", "golden_categorical.json"],
])("%s", (name, goldenName) => {
  const trees = treesOf(open(`${FOLDER}/${name}`));
  const golden = json<Golden>(goldenName);

  it("has the golden margins, and every row's leaf of every tree, missing values included", () => {
    expect(golden.rows.length).toBeGreaterThanOrEqual(40);
    golden.rows.forEach((row, at) => {
      const [margin = Number.NaN] = marginsOf(trees, rowOf(row));
      expect(Math.abs(margin - (golden.margin[at] ?? Number.NaN))).toBeLessThan(1e-5);
      expect(1 / (1 + Math.exp(-margin))).toBeCloseTo(golden.prob[at] ?? Number.NaN, 6);
      expect(trees.trees.map((tree) => leafOf(trees, tree, rowOf(row)))).toEqual(golden.leaf[at]);
    });
    // The binary form has no names.
    if (golden.features !== undefined && !name.endsWith(".bin"))
      expect(trees.featureNames).toEqual(golden.features);
  });

  const file = new Uint8Array(readFileSync(`${FOLDER}/${name}`));
  expectSafeFiles("damaged, is read or refused", name, { [name]: file }, { runs: 60 });
});

it("reads all forms to the same trees", () => {
  const { trees } = open(`${FOLDER}/model.json`);
  expect(open(`${FOLDER}/model.ubj`).trees).toEqual(trees);
  expect(open(`${FOLDER}/model_legacy.bin`).trees).toEqual({ ...trees, featureNames: [] });
});

it("reads gblinear as weights, the base score in its bias", () => {
  const { tensors, trees } = open(`${FOLDER}/gblinear.json`);
  const golden = json<Golden>("golden_gblinear.json");
  const weights = Array.from(tensors.get("weight")?.values() ?? [], Number);
  const bias = Number(tensors.get("bias")?.values()[0]);
  expect(trees).toBeUndefined();
  expect(golden.rows).toHaveLength(20);
  golden.rows.forEach((row, at) => {
    const margin = row.reduce<number>((sum, value, k) => sum + (value ?? 0) * (weights[k] ?? 0), bias);
    expect(1 / (1 + Math.exp(-margin))).toBeCloseTo(golden.prob[at] ?? Number.NaN, 5);
  });
});

describe("a small model", () => {
  const tree = {
    tree_param: { num_nodes: "3", size_leaf_vector: "0" },
    left_children: [1, -1, -1],
    right_children: [2, -1, -1],
    split_indices: [0, 0, 0],
    split_conditions: [0.5, -1, 1],
    default_left: [1, 0, 0],
  };
  const model = (change: {
    tree?: object;
    base?: unknown;
    objective?: string;
    booster?: object;
    classes?: string;
  }) => ({
    learner: {
      learner_model_param: {
        num_feature: "2",
        num_class: change.classes ?? "0",
        base_score: change.base ?? "5E-1",
      },
      objective: { name: change.objective ?? "reg:squarederror" },
      gradient_booster: change.booster ?? {
        name: "gbtree",
        model: { trees: [{ ...tree, ...change.tree }], tree_info: [0] },
      },
    },
  });
  const read = (change: Parameters<typeof model>[0]): Checkpoint =>
    xgboost.read(memoryTree("m.json", { "m.json": Buffer.from(JSON.stringify(model(change))) }));
  const margin = (change: Parameters<typeof model>[0], row: number[]): number =>
    Number(marginsOf(treesOf(read(change)), row)[0]);

  it("compares strictly and in single precision; what is missing takes the default", () => {
    expect(margin({}, [0.5, 0])).toBe(1.5);
    expect(margin({}, [0.4999999, 0])).toBe(-0.5);
    // Below one half, but not as a float32.
    expect(margin({}, [0.49999999999, 0])).toBe(1.5);
    expect(margin({}, [Number.NaN, 0])).toBe(-0.5);
  });

  it("puts the base score on the margin's scale, in its spelling of any version", () => {
    const logit = Math.log(0.25 / 0.75);
    for (const base of ["2.5E-1", "[2.5E-1]", 0.25, [0.25]])
      expect(margin({ objective: "binary:logistic", base }, [1, 0])).toBeCloseTo(1 + logit, 7);
    expect(margin({ objective: "count:poisson", base: "2" }, [1, 0])).toBeCloseTo(1 + Math.log(2), 7);
    expect(() => read({ base: "" })).toThrow(/m.json, byte 0: base_score/);
    expect(() => read({ base: "[1,2]" })).toThrow(/one number, or one an output/);
  });

  it("weights the trees of DART", () => {
    const booster = {
      name: "dart",
      gbtree: { model: { trees: [tree, tree], tree_info: [0, 0] } },
      weight_drop: [0.5, 2],
    };
    expect(margin({ booster }, [1, 0])).toBe(0.5 + 0.5 + 2);
  });

  it("sends listed categories to the right, all else to the left, even what no training row had", () => {
    const split = {
      split_type: [1, 0, 0],
      categories: [2, 7],
      categories_nodes: [0],
      categories_segments: [0],
      categories_sizes: [2],
    };
    expect([2, 7, 3, 99, -1].map((value) => margin({ tree: split }, [value, 0]))).toEqual([
      1.5, 1.5, -0.5, -0.5, -0.5,
    ]);
    expect(() => read({ tree: { ...split, categories_sizes: [3] } })).toThrow(/categories 0 to 3 of node 0/);
  });

  it("refuses what is no tree, naming it", () => {
    expect(() => read({ tree: { left_children: [0, -1, -1] } })).toThrow(/tree 0: node 0 below itself/);
    expect(() => read({ tree: { right_children: [9, -1, -1] } })).toThrow(/node 9 of 3/);
    expect(() => read({ tree: { split_indices: [5, 0, 0] } })).toThrow(/feature 5 of 2 at node 0/);
    expect(() => read({ tree: { default_left: [1] } })).toThrow(/default_left of another length/);
    expect(() => read({ tree: { tree_param: { num_nodes: "3", size_leaf_vector: "2" } } })).toThrow(
      /vectors/,
    );
    expect(() => read({ booster: { name: "gbforest" } })).toThrow(/the booster gbforest/);
    expect(() => read({ classes: "1e12" })).toThrow(/num_class 1e12/);
  });
});

describe("the binary form before 3.1", () => {
  const file = readFileSync(`${FOLDER}/model_legacy.bin`);
  const read = (change: (bytes: Buffer) => Buffer): Checkpoint => {
    const bytes = change(Buffer.from(file));
    return xgboost.read(memoryTree("m.bin", { "m.bin": bytes }));
  };
  /** binf, the learner's parameters, two names: the booster's own begin here. */
  const BOOSTER = 4 + 136 + 8 + "binary:logistic".length + 8 + "gbtree".length;

  it("has a base score that was a margin before 1.0, and a prediction since", () => {
    const base = (major: number): number =>
      Number(
        treesOf(
          read((bytes) => {
            bytes.writeFloatLE(0.25, 4);
            bytes.writeUInt32LE(major, 4 + 20);
            return bytes;
          }),
        ).baseMargins[0],
      );
    expect(base(0)).toBeCloseTo(0.25, 6);
    expect(base(1)).toBeCloseTo(Math.log(0.25 / 0.75), 12);
  });

  it("weights the trees of DART", () => {
    const count = treesOf(read((bytes) => bytes)).trees.length;
    // "dart" is two letters shorter; its weights follow the trees' outputs, before the attributes.
    const dart = (bytes: Buffer): Buffer => {
      const treesEnd = endOfTrees(bytes);
      const weights = Buffer.alloc(8 + 4 * count);
      weights.writeBigUInt64LE(BigInt(count));
      for (let tree = 0; tree < count; tree++) weights.writeFloatLE(tree === 0 ? 2 : 1, 8 + 4 * tree);
      const name = Buffer.alloc(8 + 4);
      name.writeBigUInt64LE(4n);
      name.write("dart", 8);
      return Buffer.concat([
        bytes.subarray(0, BOOSTER - 8 - "gbtree".length),
        name,
        bytes.subarray(BOOSTER, treesEnd),
        weights,
      ]);
    };
    const [plain, weighted] = [read((bytes) => bytes), read(dart)].map(treesOf);
    expect(weighted?.trees.map(({ leafValue }) => leafValue)).toEqual(
      plain?.trees.map(({ leafValue }, at) => (at === 0 ? leafValue.map((value) => 2 * value) : leafValue)),
    );
  });

  /** Where the trees and their outputs end: 148 bytes of parameters a tree, 20 + 16 a node, 4 a tree. */
  function endOfTrees(bytes: Buffer): number {
    const count = bytes.readInt32LE(BOOSTER);
    let at = BOOSTER + 160;
    for (let tree = 0; tree < count; tree++) at += 148 + 36 * bytes.readInt32LE(at + 4);
    return at + 4 * count;
  }

  it.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    ["cut", (bytes) => bytes.subarray(0, endOfTrees(bytes) - 2), /byte \d+: \d+ bytes left/],
    ["of more trees than bytes", (bytes) => put(bytes, BOOSTER, 2 ** 30), /byte \d+: 1073741824 trees/],
    ["of more nodes than bytes", (bytes) => put(bytes, BOOSTER + 164, 2 ** 30), /1073741824 nodes of tree 0/],
    ["of a cycle", (bytes) => put(bytes, BOOSTER + 160 + 148 + 4, 0), /tree 0: node 0 below itself/],
    ["of vectors", (bytes) => put(bytes, BOOSTER + 160 + 20, 3), /leaves that are vectors/],
  ])("is refused when it is %s", (_, change, message) => {
    expect(() => read(change)).toThrow(message);
  });

  function put(bytes: Buffer, at: number, value: number): Buffer {
    bytes.writeInt32LE(value, at);
    return bytes;
  }
});

describe("forms that are not read", () => {
  it("a dump: refused with the way round", () => {
    expect(xgboost.recognises(openTree(`${FOLDER}/dump.json`))).toBe(true);
    expect(() => open(`${FOLDER}/dump.json`)).toThrow(
      /dump_model file, which has neither base_score[\s\S]*save_model\("model.json"\)/,
    );
  });

  it("leaves other JSON to others", () => {
    expect(xgboost.recognises(openTree(`${FOLDER}/golden.json`))).toBe(false);
  });
});

describeWith("UNBATCH_DATA", "XGBoost models of others", (data) => {
  it("reads a UBJSON of version 3, whose trees are those of its dump", () => {
    const trees = treesOf(open(`${data}/checkpoints/xgboost/vespa_binary_breast_cancer.ubj`));
    interface Node {
      nodeid: number;
      split?: string;
      split_condition?: number;
      yes?: number;
      no?: number;
      missing?: number;
      leaf?: number;
      children?: Node[];
    }
    const dump = JSON.parse(
      readFileSync(`${data}/checkpoints/xgboost/vespa_binary_breast_cancer.json`, "utf8"),
    ) as Node[];
    let nodes = 0;
    const compare = (node: Node, index: number): void => {
      const tree = trees.trees[index];
      const { nodeid } = node;
      nodes += 1;
      if (node.leaf !== undefined) {
        expect(tree?.leafValue[nodeid]).toBeCloseTo(node.leaf, 6);
        return;
      }
      expect(tree?.feature[nodeid]).toBe(Number(node.split?.replace(/\D+/g, "")));
      expect(tree?.threshold[nodeid]).toBeCloseTo(node.split_condition ?? Number.NaN, 4);
      expect([tree?.left[nodeid], tree?.right[nodeid]]).toEqual([node.yes, node.no]);
      expect(tree?.defaultLeft[nodeid]).toBe(node.missing === node.yes ? 1 : 0);
      for (const child of node.children ?? []) compare(child, index);
    };
    dump.forEach(compare);
    expect(dump).toHaveLength(trees.trees.length);
    expect(nodes).toBeGreaterThan(100);
    expect(trees.baseMargins[0]).toBeCloseTo(Math.log(0.627 / 0.373), 2);
  });
});
