import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { converted, valuesOf } from "../convert.js";
import { type Golden, type Proof, TOLERANCE } from "../golden.js";
import { json } from "../read.js";

interface Scored {
  pairs: [number, number][];
  scores: number[];
}

/** ALS in NumPy, saved as `implicit` and as Spark do; vectors in the forms of word2vec and safetensors. */
export function factorGoldens(made: string): Golden[] {
  return [...alternatingLeastSquares(resolve(made, "als")), ...vectors(made)];
}

function alternatingLeastSquares(folder: string): Golden[] {
  const { pairs, scores } = json<Scored>(`${folder}/golden.json`);
  const ids = json<{ user_ids: string[]; item_ids: string[] }>(`${folder}/ids.json`);
  const against = "the products in NumPy";
  const prove = (path: string, encoders: object[], columns: (string | undefined)[][]) =>
    converted(path, {
      config: {
        features: ["user", "item"].map((name, at) => ({ name, encoder: encoders[at] })),
        checkpoint: { calibration: { scale: 1, shift: 0 } },
      },
      columns: { user: columns[0] ?? [], item: columns[1] ?? [] },
      scores,
    });
  const ofIds = (path: string): Promise<Proof> =>
    prove(
      path,
      ["user_ids", "item_ids"].map((key) => ({ kind: "vocabulary", file: join(folder, "ids.json"), key })),
      [pairs.map(([user]) => ids.user_ids[user]), pairs.map(([, item]) => ids.item_ids[item])],
    );
  return [
    ...["item_factors.npy", "user_factors_f64.npy"].map((file) => ({
      file: `made/als/${file}`,
      against: `${against}, both tables in one folder`,
      tolerance: TOLERANCE,
      prove: () => withFolder(folder, ofIds),
    })),
    {
      file: "made/als/implicit_als.npz",
      against,
      tolerance: TOLERANCE,
      prove: ofIds,
    },
    {
      file: "made/als/spark_als_model/",
      against,
      tolerance: TOLERANCE,
      // Its own ids are whole numbers.
      prove: (path) =>
        prove(
          path,
          ["userFactors", "itemFactors"].map((key) => ({ kind: "vocabulary", key })),
          [pairs.map(([user]) => String(user)), pairs.map(([, item]) => String(item))],
        ),
    },
  ];
}

/** A folder of the two arrays by the names that an ALS has. */
async function withFolder(from: string, prove: (folder: string) => Promise<Proof>): Promise<Proof> {
  const folder = mkdtempSync(join(tmpdir(), "unbatch-golden-"));
  try {
    copyFileSync(join(from, "user_factors_f64.npy"), join(folder, "user_factors.npy"));
    copyFileSync(join(from, "item_factors.npy"), join(folder, "item_factors.npy"));
    return await prove(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function vectors(made: string): Golden[] {
  const words = json<Record<"sku-0" | "sku-179", number[]>>(`${made}/word2vec/golden.json`);
  const towers = json<{ "item_embedding.weight[5]": number[]; user_bias_5: number[] }>(
    `${made}/safetensors/golden.json`,
  );
  const word = (file: string, tolerance: number, because: string): Golden => ({
    file: `made/word2vec/${file}`,
    against: "vectors as TensorFlow.js had them",
    tolerance,
    because,
    prove: (path) =>
      valuesOf(path, [
        { tensor: "vectors", from: 0, values: words["sku-0"] },
        { tensor: "vectors", from: 179 * 8, values: words["sku-179"] },
      ]),
  });
  return [
    word("items.txt", 5e-7, "written with 6 digits"),
    word("items_glove_noheader.txt", 5e-6, "written with 5 digits"),
    word("items_google.bin", 0, "as they are"),
    word("items_gensim.bin", 0, "as they are"),
    {
      file: "made/safetensors/two_tower.safetensors",
      against: "rows as TensorFlow.js had them",
      tolerance: 0,
      because: "as they are",
      prove: (path) =>
        valuesOf(path, [
          { tensor: "item_embedding.weight", from: 5 * 8, values: towers["item_embedding.weight[5]"] },
          { tensor: "user_bias.weight", from: 5, values: towers.user_bias_5 },
        ]),
    },
  ];
}
