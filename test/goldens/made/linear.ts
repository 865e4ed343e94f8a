import { converted, valuesOf } from "../convert.js";
import { columnsOf, dense, featuresOf, type Golden, TOLERANCE } from "../golden.js";
import { json } from "../read.js";

const NUMBERS = ["d0", "d1"];

/** What scikit-learn gave: FeatureHasher and LogisticRegression, and a LinearClassifier of ONNX-ML. */
export function linearGoldens(made: string): Golden[] {
  const folder = `${made}/sklearn_lr_hash`;
  const hashed = json<{ rows: Record<string, number>[]; logit: number[] }>(`${folder}/golden.json`);
  const texts = hashed.rows.map((row) => Object.keys(row).flatMap((key) => [...pair(key)]));
  const keys = (texts[0] ?? []).map(([key]) => key);
  const buckets = { kind: "hash", buckets: 16384, function: "murmur3-signed" };
  const features = [
    ...keys.map((key) => ({ name: key, encoder: { ...buckets, prefix: `${key}=` } })),
    ...featuresOf(NUMBERS, dense),
  ];
  const columns = {
    ...Object.fromEntries(keys.map((key) => [key, texts.map((row) => new Map(row).get(key))])),
    ...Object.fromEntries(NUMBERS.map((key) => [key, hashed.rows.map((row) => row[key])])),
  };
  const classifier = json<{ x: number[][]; prob: number[] }>(`${folder}/golden_onnx.json`);
  const names = ["a", "b", "c"];
  return [
    ...["lr.npz", "lr_compressed.npz", "lr.json"].map((file) => ({
      file: `made/sklearn_lr_hash/${file}`,
      against: "scikit-learn's decision_function, on raw values",
      tolerance: TOLERANCE,
      prove: (path: string) => converted(path, { config: { features }, columns, scores: hashed.logit }),
    })),
    {
      file: "made/sklearn_lr_hash/lr_linearclassifier.onnx",
      against: "scikit-learn's probabilities",
      tolerance: TOLERANCE,
      prove: (path) =>
        converted(path, {
          config: { features: featuresOf(names, dense) },
          columns: columnsOf(names, classifier.x),
          scores: classifier.prob,
          scale: "probability",
        }),
    },
    {
      file: "made/sklearn_lr_hash/coef_fortran.npy",
      against: "the first 64 weights of lr.json, whose model's these are",
      tolerance: 0,
      because: "as they are",
      prove: (path) => {
        const { coef } = json<{ coef: [number, number][] }>(`${folder}/lr.json`);
        const weights = new Map(coef);
        const values = Array.from({ length: 64 }, (_, at) => weights.get(at) ?? 0);
        return valuesOf(path, [{ tensor: "coef_fortran", from: 0, values }]);
      },
    },
  ];
}

/** `user=u1588` -> column user, value u1588. */
function pair(key: string): [string, string][] {
  const at = key.indexOf("=");
  return at < 0 ? [] : [[key.slice(0, at), key.slice(at + 1)]];
}
