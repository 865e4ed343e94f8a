import { openCheckpoint } from "../../../src/convert/open.js";
import { openTree } from "../../../src/io/files.js";
import { converted, convertedAlone } from "../convert.js";
import {
  ALONE,
  columnAt,
  columnsOf,
  dense,
  featuresOf,
  type Golden,
  type Proof,
  splitBy,
  TOLERANCE,
  together,
} from "../golden.js";
import { numbered } from "../made/trees.js";
import { json, libsvm, lines, numbers } from "../read.js";
import { type DumpNode, dumpedLeaf, rowsBeside } from "./xgboost-dump.js";

type Rows = readonly (readonly (number | null)[])[];

/** Predictions that LightGBM and XGBoost gave, published beside the models by leaves (Go) and treelite. */
export function boostedTreeGoldens(data: string): Golden[] {
  const [lightgbm, xgboost] = [`${data}/lightgbm`, `${data}/xgboost`];
  const toy = `${lightgbm}/treelite_toy_categorical/toy_categorical.test`;
  const mushrooms = (absent: number | null): Rows =>
    libsvm(`${xgboost}/leaves_agaricus_test.libsvm`, 127, absent);
  const linearNames = numbered(127);
  return [
    {
      file: "data/lightgbm/leaves_lg_dart_breast_cancer.model",
      against: "LightGBM's probabilities",
      tolerance: TOLERANCE,
      prove: (path) =>
        ofTrees(
          path,
          numbers(`${lightgbm}/leaves_breast_cancer_test.tsv`),
          numbers(`${lightgbm}/leaves_lg_dart_breast_cancer_true_predictions.txt`).flat(),
          { scale: "probability" },
        ),
    },
    {
      file: "data/lightgbm/leaves_lgmulticlass.model",
      against: "LightGBM's raw predictions, each of five classes",
      tolerance: TOLERANCE,
      prove: async (path) => {
        const rows = numbers(`${lightgbm}/leaves_multiclass_test.tsv`).map((row) => row.slice(1));
        const raw = numbers(`${lightgbm}/leaves_lgmulticlass_true_raw_predictions.txt`);
        const proofs: Proof[] = [];
        for (const output of [0, 1, 2, 3, 4]) {
          const scores = columnAt(raw, output).map(Number);
          proofs.push(await ofTrees(path, rows, scores, { checkpoint: { output } }));
        }
        return together(proofs);
      },
    },
    {
      file: "data/lightgbm/leaves_lg_breast_cancer.txt",
      against: "the values of the leaves that LightGBM says each row reaches",
      tolerance: TOLERANCE,
      prove: (path) => {
        const values = lines(path).filter((line) => line.startsWith("leaf_value="));
        const leaves = values.map((line) => line.slice("leaf_value=".length).split(" ").map(Number));
        const reached = numbers(`${lightgbm}/leaves_lg_breast_cancer_data_pred_leaves.txt`);
        const margins = reached.map((row) =>
          row.reduce((sum, leaf, tree) => sum + (leaves[tree]?.[leaf] ?? Number.NaN), 0),
        );
        return ofTrees(path, numbers(`${lightgbm}/leaves_lg_breast_cancer_data.txt`), margins);
      },
    },
    {
      file: "data/lightgbm/treelite_toy_categorical/toy_categorical_model.txt",
      against: "LightGBM's predictions",
      tolerance: TOLERANCE,
      prove: (path) => ofTrees(path, libsvm(toy, 2, null), numbers(`${toy}.pred`).flat()),
    },
    {
      file: "data/xgboost/leaves_xgagaricus.model",
      against: "XGBoost's probabilities",
      tolerance: TOLERANCE,
      prove: (path) =>
        ofTrees(path, mushrooms(null), numbers(`${xgboost}/leaves_xgagaricus_true_predictions.txt`).flat(), {
          scale: "probability",
        }),
    },
    {
      file: "data/xgboost/leaves_xgblin_agaricus.model",
      against: "XGBoost's raw predictions",
      tolerance: TOLERANCE,
      prove: (path) =>
        converted(path, {
          config: { features: featuresOf(linearNames, dense) },
          columns: columnsOf(linearNames, mushrooms(0)),
          scores: numbers(`${xgboost}/leaves_xgblin_agaricus_true_raw_predictions.txt`).flat(),
        }),
    },
    {
      file: "data/xgboost/treelite_mushroom.model",
      against: ALONE,
      tolerance: TOLERANCE,
      prove: (path) => convertedAlone(path, { features: featuresOf(linearNames, splitBy) }),
    },
    {
      file: "data/xgboost/vespa_binary_breast_cancer.ubj",
      against: "the leaves that its dump_model says, walked by hand, on rows beside its thresholds",
      tolerance: TOLERANCE,
      prove: async (path) => {
        const dump = json<DumpNode[]>(path.replace(/ubj$/, "json"));
        const rows = rowsBeside(dump, 30, 300);
        // The dump has no base score.
        const { trees } = await openCheckpoint(openTree(path));
        const base = trees?.baseMargins[0] ?? Number.NaN;
        return ofTrees(
          path,
          rows,
          rows.map((row) => dump.reduce((sum, tree) => sum + dumpedLeaf(tree, row), base)),
        );
      },
    },
  ];
}

/** Features by the names in the file, or f0, f1 … where it has none. */
export async function ofTrees(
  path: string,
  rows: Rows,
  scores: readonly number[],
  more: { scale?: "probability"; checkpoint?: object } = {},
): Promise<Proof> {
  const { trees } = await openCheckpoint(openTree(path));
  const { features = 0, featureNames = [] } = trees ?? {};
  const names = numbered(features).map((name, at) => featureNames[at] ?? name);
  const { scale, checkpoint } = more;
  return await converted(path, {
    config: { features: featuresOf(names, splitBy), ...(checkpoint === undefined ? {} : { checkpoint }) },
    columns: columnsOf(names, rows),
    scores,
    ...(scale === undefined ? {} : { scale }),
  });
}
