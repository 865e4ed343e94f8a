import { converted } from "../convert.js";
import { columnsOf, dense, featuresOf, type Golden, splitBy, TOLERANCE } from "../golden.js";
import { json } from "../read.js";

interface Scored {
  features?: string[];
  rows: (number | null)[][];
  margin: number[];
  prob: number[];
}

/** What XGBoost 1.7 gave for boosters that it trained, missing values among the rows. */
export function xgboostGoldens(made: string): Golden[] {
  const folder = `${made}/xgboost_ctr`;
  const plain = json<Scored>(`${folder}/golden.json`);
  const categories = json<Scored>(`${folder}/golden_categorical.json`);
  const linear = json<Scored>(`${folder}/golden_gblinear.json`);
  const trees = (file: string, { rows, margin }: Scored, names: readonly string[]): Golden => ({
    file: `made/xgboost_ctr/${file}`,
    against: "XGBoost's margins",
    tolerance: TOLERANCE,
    prove: (path) =>
      converted(path, {
        config: { features: featuresOf(names, splitBy) },
        columns: columnsOf(names, rows),
        scores: margin,
      }),
  });
  const names = plain.features ?? [];
  const linearNames = numbered(linear.rows[0]?.length ?? 0);
  return [
    trees("model.json", plain, names),
    trees("model.ubj", plain, names),
    // Without names in it.
    trees("model_legacy.bin", plain, numbered(names.length)),
    trees("model_categorical.json", categories, ["cat", "dow", "d0"]),
    trees("model_categorical.ubj", categories, ["cat", "dow", "d0"]),
    {
      file: "made/xgboost_ctr/gblinear.json",
      against: "XGBoost's probabilities",
      tolerance: TOLERANCE,
      prove: (path) =>
        converted(path, {
          config: { features: featuresOf(linearNames, dense) },
          columns: columnsOf(linearNames, linear.rows),
          scores: linear.prob,
          scale: "probability",
        }),
    },
  ];
}

/** XGBoost's own names where nobody gave any. */
export function numbered(features: number): string[] {
  return Array.from({ length: features }, (_, at) => `f${at}`);
}
