import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { lightgbm } from "../../../src/convert/formats/lightgbm/reader.js";
import { leafOf, marginsOf, type Trees } from "../../../src/convert/trees.js";
import { openTree } from "../../../src/io/files.js";
import { describeWith } from "../../support/external.js";
import { memoryTree } from "../../support/tree.js";
import { expectSafeFiles } from "./damage.js";

const MODEL = `tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=2
objective=binary sigmoid:0.5
feature_names=a b c
feature_infos=none none none
tree_sizes=1 1

Tree=0
num_leaves=3
num_cat=1
split_feature=0 2
threshold=0.5 0
decision_type=8 1
left_child=1 -1
right_child=-3 -2
leaf_value=1 2 4
cat_boundaries=0 2
cat_threshold=5 1
shrinkage=1

Tree=1
num_leaves=1
num_cat=0
leaf_value=0.25
shrinkage=1

end of trees

parameters:
[boosting: gbdt]
end of parameters
`;

function treesOf({ trees }: Checkpoint): Trees {
  if (trees === undefined) throw new Error("no trees");
  return trees;
}
const read = (text: string): Checkpoint => lightgbm.read(memoryTree("m.txt", { "m.txt": Buffer.from(text) }));
const margin = (text: string, row: number[]): number => Number(marginsOf(treesOf(read(text)), row)[0]);

describe("LightGBM's text", () => {
  it("takes a value that equals the threshold to the left, in double precision", () => {
    expect(margin(MODEL, [0.5, 0, 0])).toBe(1.25);
    expect(margin(MODEL, [0.5000000001, 0, 0])).toBe(4.25);
  });

  it("sends listed categories to the left, and all else to the right", () => {
    const at = (category: number): number => margin(MODEL, [0, 0, category]);
    expect([0, 2, 32].map(at)).toEqual([1.25, 1.25, 1.25]);
    expect([1, 33, 64, -1, Number.NaN, 1e12].map(at)).toEqual(Array(6).fill(2.25));
  });

  it("treats as missing what the node says: NaN, zero, or nothing", () => {
    const typed = (type: number): string => MODEL.replace("decision_type=8 1", `decision_type=${type} 1`);
    const right = 4.25;
    // NaN, default right and left; zero, default right and left; nothing missing, so that NaN is 0.
    expect(margin(typed(8), [Number.NaN, 0, 0])).toBe(right);
    expect(margin(typed(10), [Number.NaN, 0, 0])).toBe(1.25);
    expect(margin(typed(4), [0, 0, 0])).toBe(right);
    expect(margin(typed(4), [Number.NaN, 0, 0])).toBe(right);
    expect(margin(typed(6), [0, 0, 0])).toBe(1.25);
    expect(margin(typed(0), [Number.NaN, 0, 0])).toBe(1.25);
  });

  it("gives the objective's sigmoid, and the average of a random forest", () => {
    expect(read(MODEL).hyperparameters.get("sigmoid")).toBe(0.5);
    expect(margin(MODEL.replace("tree_sizes", "average_output\ntree_sizes"), [0, 0, 0])).toBe(0.625);
  });

  it.each([
    ["left_child=1 -1", "left_child=0 -1", /byte \d+: node 0 below itself/],
    ["left_child=1 -1", "left_child=1", /left_child of 1 numbers/],
    ["right_child=-3 -2", "right_child=-9 -2", /node \d+ of 5/],
    ["cat_boundaries=0 2", "cat_boundaries=0 9", /bitset 0 of node 1/],
    ["split_feature=0 2", "split_feature=0 7", /feature 7 of 3/],
    ["leaf_value=1 2 4", "leaf_value=1 2 nan", /num_leaves 3/],
    ["max_feature_idx=2", "max_feature_idx=-5", /max_feature_idx -5/],
    ["Tree=1", "Tree=7", /byte \d+: Tree=7\n.*Tree=1/],
    ["num_cat=1", "num_cat=1\nis_linear=1", /linear trees/],
  ])("refuses %s as %s", (from, to, message) => {
    expect(MODEL).toContain(from);
    expect(() => read(MODEL.replace(from, to))).toThrow(message);
  });

  expectSafeFiles("damaged, is read or refused", "m.txt", { "m.txt": Buffer.from(MODEL) }, { runs: 300 });
});

describeWith("UNBATCH_DATA", "LightGBM models of others", (data) => {
  const folder = `${data}/checkpoints/lightgbm`;
  const open = (name: string): Trees => treesOf(lightgbm.read(openTree(`${folder}/${name}`)));
  const table = (name: string, separator = /\s+/): number[][] =>
    readFileSync(`${folder}/${name}`, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.trim().split(separator).map(Number));

  it("has DART's true predictions", () => {
    const trees = open("leaves_lg_dart_breast_cancer.model");
    const rows = table("leaves_breast_cancer_test.tsv");
    const truth = table("leaves_lg_dart_breast_cancer_true_predictions.txt");
    expect(truth.length).toBe(rows.length);
    expect(truth.length).toBeGreaterThan(50);
    // The first column is a feature where there are as many columns as features.
    const first = (rows[0]?.length ?? 0) - trees.features;
    rows.forEach((row, at) => {
      const [value = Number.NaN] = marginsOf(trees, row.slice(first));
      expect(1 / (1 + Math.exp(-value))).toBeCloseTo(truth[at]?.[0] ?? Number.NaN, 10);
    });
  });

  it("has the true margins and probabilities of five classes", () => {
    const trees = open("leaves_lgmulticlass.model");
    const rows = table("leaves_multiclass_test.tsv");
    const raw = table("leaves_lgmulticlass_true_raw_predictions.txt");
    expect([trees.outputs, raw.length]).toEqual([5, rows.length]);
    expect(raw.length).toBeGreaterThan(100);
    rows.forEach((row, at) => {
      const first = row.length - trees.features;
      Array.from(marginsOf(trees, row.slice(first))).forEach((value, output) => {
        expect(value).toBeCloseTo(raw[at]?.[output] ?? Number.NaN, 10);
      });
    });
  });

  it("reaches the true leaf of every tree", () => {
    const trees = open("leaves_lg_breast_cancer.txt");
    const rows = table("leaves_lg_breast_cancer_data.txt");
    const leaves = table("leaves_lg_breast_cancer_data_pred_leaves.txt");
    expect(rows.length).toBe(leaves.length);
    expect(rows.length).toBeGreaterThan(30);
    rows.forEach((row, at) => {
      const reached = trees.trees.map((tree) => leafOf(trees, tree, row) - tree.firstLeaf);
      expect(reached).toEqual(leaves[at]);
    });
  });

  it("has the predictions of a model of categories", () => {
    const trees = open("treelite_toy_categorical/toy_categorical_model.txt");
    const truth = table("treelite_toy_categorical/toy_categorical.test.pred");
    const rows = readFileSync(`${folder}/treelite_toy_categorical/toy_categorical.test`, "utf8")
      .trim()
      .split("\n")
      .map((line) => {
        const row = [Number.NaN, Number.NaN];
        for (const [, feature, value] of line.matchAll(/(\d+):(\S+)/g)) row[Number(feature)] = Number(value);
        return row;
      });
    expect(rows.length).toBe(truth.length);
    expect(rows.length).toBeGreaterThan(100);
    rows.forEach((row, at) => {
      expect(Number(marginsOf(trees, row)[0])).toBeCloseTo(truth[at]?.[0] ?? Number.NaN, 8);
    });
  });

  it("refuses a dump with the command that mends it", () => {
    for (const name of ["vespa_classification.json", "leaves_lg_dart_breast_cancer.json"])
      expect(() => open(name)).toThrow(/dump_model of LightGBM[\s\S]*save_model\("model.txt"\)/);
  });
});
