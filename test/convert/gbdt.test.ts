import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/convert/checkpoint.js";
import { type Converted, convert } from "../../src/convert/convert.js";
import { openCheckpoint } from "../../src/convert/open.js";
import { generatedRows } from "../../src/convert/parity/generated.js";
import { compareScores } from "../../src/convert/parity/parity.js";
import { columnOf, type ParityRows } from "../../src/convert/parity/rows.js";
import { splitEdges } from "../../src/convert/parity/split-edges.js";
import { marginsOf } from "../../src/convert/trees.js";
import { openTree } from "../../src/io/files.js";
import { loadState, saveState } from "../../src/model/load.js";
import { checkpointOf, configOf } from "./checkpoints.js";

const MADE = "fixtures/made/xgboost_ctr";
const learner = { optimizer: { kind: "adagrad", rate: 0.05, l2: 1e-4 } };
const open = (path: string): Promise<Checkpoint> => openCheckpoint(openTree(path));
const dense = (names: readonly string[]): object[] =>
  names.map((name) => ({ name, encoder: { kind: "dense", missing: "keep" } }));

function convertTrees(checkpoint: Checkpoint, names: readonly string[], plain: object = {}): Converted {
  const config = configOf({ features: dense(names), learner, ...plain });
  return convert(
    { checkpoint, config, vocabularies: new Map(), where: "model" },
    { slots: "exact", precision: "float64" },
  );
}

const namesOf = ({ trees }: Checkpoint): string[] =>
  Array.from({ length: trees?.features ?? 0 }, (_, at) => trees?.featureNames[at] ?? `f${at}`);

/** The largest difference between the trees as read, the online model, and the scores that the library gave. */
function largest(
  converted: Converted,
  rows: readonly (readonly (number | null)[])[],
  golden: readonly number[],
): number {
  const names = converted.model.spec.features.map(({ name }) => name);
  const columns = names.map((name, at) => [name, columnOf(rows.map((row) => row[at] ?? undefined))] as const);
  const given: ParityRows = {
    kind: "golden",
    rows: rows.length,
    columns: new Map(columns),
    golden: Float64Array.from(golden),
  };
  const { report } = compareScores(converted.source, converted.bound, converted.model, given, 1e-5);
  expect(report.rows).toBe(golden.length);
  return report.maxAbsoluteDifference;
}

interface Golden {
  rows: (number | null)[][];
  margin: number[];
}
const golden = (name: string): Golden => JSON.parse(readFileSync(`${MADE}/${name}`, "utf8")) as Golden;

describe("boosted trees go online with the library's own margins", () => {
  it.each([
    ["model.json", "golden.json"],
    ["model.ubj", "golden.json"],
    ["model_categorical.json", "golden_categorical.json"],
    ["model_categorical.ubj", "golden_categorical.json"],
  ])("XGBoost: %s", async (model, scores) => {
    const checkpoint = await open(`${MADE}/${model}`);
    const converted = convertTrees(checkpoint, namesOf(checkpoint));
    expect(converted.model.spec.family).toBe("gbdt");
    expect(converted.model.spec.terms.map(({ kind }) => kind)).toEqual(["bias", "leaves"]);
    const { rows, margin } = golden(scores);
    // XGBoost adds its leaves in float32.
    expect(largest(converted, rows, margin)).toBeLessThan(2e-6);
  });

  it("on rows at and beside every threshold", async () => {
    const checkpoint = await open(`${MADE}/model_categorical.json`);
    const converted = convertTrees(checkpoint, namesOf(checkpoint));
    const edges = splitEdges(converted.bound);
    expect([...edges.keys()].sort()).toEqual(["cat", "d0", "dow"]);
    const rows = generatedRows(converted.source.config, new Map(), 5000, edges);
    const { report } = compareScores(converted.source, converted.bound, converted.model, rows, 1e-9);
    expect(report).toMatchObject({ source: "generated", rows: 5000 });
    expect(report.maxAbsoluteDifference).toBeLessThan(1e-12);
  });

  it("reads categories by their names, through a vocabulary of codes; one that training did not have is missing", async () => {
    const checkpoint = await open(`${MADE}/model_categorical.json`);
    const { rows, margin } = golden("golden_categorical.json");
    // No category has code 0 in this vocabulary: nothing pads.
    const codes = new Map(Array.from({ length: 12 }, (_, code) => [`c${code + 1}`, code + 1] as const));
    const [cat, ...others] = namesOf(checkpoint);
    const features = [
      { name: cat, encoder: { kind: "vocabulary", file: "codes.json", missing: "" } },
      ...dense(others),
    ];
    const config = configOf({ features, learner });
    const given = { checkpoint, config, vocabularies: new Map([[cat ?? "", codes]]), where: "model" };
    const converted = convert(given, { slots: "exact", precision: "float64" });
    const trees = checkpoint.trees;
    if (trees === undefined) throw new Error("no trees");
    const named = rows.filter(([code]) => code !== 0);
    const unheard = rows
      .slice(0, 5)
      .map(([, ...rest]) => [Number.NaN, ...rest.map((value) => value ?? Number.NaN)]);
    const scores = [
      ...margin.filter((_, at) => rows[at]?.[0] !== 0),
      ...unheard.map((row) => marginsOf(trees, row)[0] ?? Number.NaN),
    ];
    const columns = new Map([
      [cat ?? "", columnOf([...named.map(([code]) => `c${code}`), "c0", "never", "", "c99", undefined])],
      ...others.map(
        (name, at) =>
          [name, columnOf([...named, ...unheard].map((row) => row[at + 1] ?? undefined))] as const,
      ),
    ]);
    const given40: ParityRows = {
      kind: "golden",
      rows: scores.length,
      columns,
      golden: Float64Array.from(scores),
    };
    const { report } = compareScores(converted.source, converted.bound, converted.model, given40, 1e-5);
    expect(report.rows).toBe(scores.length);
    expect(report.rows).toBeGreaterThan(35);
    expect(report.maxAbsoluteDifference).toBeLessThan(2e-6);
    // The codes stay through learning: no category gets a row of its own.
    const saved = saveState(converted.model, loadState(converted.model, new Map([[cat ?? "", ["never"]]])));
    expect(saved.vocabularies.get(cat ?? "")?.ids.length).toBe(12);
  });

  it("needs none of the features that no tree splits by, and names each that is lacking", async () => {
    const checkpoint = await open(`${MADE}/model.json`);
    const names = namesOf(checkpoint);
    expect(() => convertTrees(checkpoint, names.slice(1))).toThrow(
      /no feature for item_ctr, which trees split by/,
    );
    expect(() =>
      convertTrees(checkpoint, ["userId"], {
        features: [{ name: "userId", encoder: { kind: "identity", size: 3 } }],
      }),
    ).toThrow(/encoder identity, which gives rows/);
  });
});

describe("what trees may be", () => {
  const treesOf = (change: object): Checkpoint => ({
    ...checkpointOf({}, { format: "lightgbm-text" }),
    trees: {
      ...{
        features: 1,
        featureNames: ["x"],
        outputs: 1,
        baseMargins: Float64Array.of(0.5, 0.25),
        objective: "binary sigmoid:2",
      },
      ...{ comparison: "float64-less-or-equal", listedCategories: "left", isAverage: false },
      trees: [0, 0].map((output) => ({
        output,
        feature: Int32Array.of(0, -1, -1),
        threshold: Float64Array.of(1, 0, 0),
        left: Int32Array.of(1, 0, 0),
        right: Int32Array.of(2, 0, 0),
        defaultLeft: Uint8Array.of(0, 0, 0),
        missing: Uint8Array.of(2, 0, 0),
        categories: new Map(),
        leafValue: Float64Array.of(0, 3, 5),
        firstLeaf: 1,
      })),
      ...change,
    },
  });
  const withSigmoid = (checkpoint: Checkpoint): Checkpoint => ({
    ...checkpoint,
    hyperparameters: new Map([["sigmoid", 2]]),
  });

  it("takes the sigmoid's factor and a random forest's average into the leaves", () => {
    const summed = convertTrees(withSigmoid(treesOf({})), ["x"]);
    expect(largest(summed, [[1], [2]], [0.5 + 6, 0.5 + 10])).toBeLessThan(1e-12);
    expect(summed.bound.bias).toBe(1);
    expect([...(summed.bound.leaves?.forest.values ?? [])]).toEqual([6, 10, 6, 10]);
    const averaged = convertTrees(withSigmoid(treesOf({ isAverage: true })), ["x"]);
    expect(largest(averaged, [[1], [2]], [0.5 + 3, 0.5 + 5])).toBeLessThan(1e-12);
  });

  it("goes on with the class that is told, and is refused without one", () => {
    const classes = treesOf({ outputs: 2, objective: "multi:softprob" });
    expect(() => convertTrees(classes, ["x"])).toThrow(/2 outputs \(objective multi:softprob\)/);
    expect(() => convertTrees(classes, ["x"], { checkpoint: { output: 2 } })).toThrow(/output 2 of 2/);
    const second = convertTrees(classes, ["x"], { checkpoint: { output: 1 } });
    expect(second.bound.bias).toBe(0.25);
    expect(second.bound.assumed.join()).toContain("softmax margin of one class");
  });

  it("predicts numbers where they were trained to, and is refused where the sum is neither", () => {
    expect(convertTrees(treesOf({ objective: "reg:squarederror" }), ["x"]).model.spec.learner.link).toBe(
      "squared",
    );
    for (const objective of ["rank:pairwise", "lambdarank", "count:poisson", ""])
      expect(() => convertTrees(treesOf({ objective }), ["x"])).toThrow(/neither a logit nor the number/);
  });

  it("adds ln(kept) to the bias where negatives were sampled in training alone", () => {
    const checkpoint = { negatives: { kept: 0.1 } };
    expect(convertTrees(treesOf({}), ["x"], { checkpoint }).bound.bias).toBeCloseTo(0.5 + Math.log(0.1), 12);
    const alike = { negatives: { kept: 0.1, log: "sampled" } };
    expect(convertTrees(treesOf({}), ["x"], { checkpoint: alike }).bound.bias).toBe(0.5);
  });

  it("is asked for a number in place of a missing value where no tree reads it", () => {
    const checkpoint = checkpointOf({ "linear.weight": [1, 2], "linear.bias": [1] });
    expect(() => convertTrees(checkpoint, ["a", "b"])).toThrow(/missing: keep, in a model without trees/);
  });
});
