import { describe, expect, it } from "vitest";
import { convert } from "../../src/convert/convert.js";
import { openCheckpoint } from "../../src/convert/open.js";
import { generatedRows } from "../../src/convert/parity/generated.js";
import { compareScores } from "../../src/convert/parity/parity.js";
import { openTree } from "../../src/io/files.js";
import { plainLearner } from "../../src/model/learner.js";
import { loadState } from "../../src/model/load.js";
import { batchOf } from "../support/learner.js";
import { configOf } from "./checkpoints.js";

describe("vectors of word2vec and GloVe", () => {
  it.each(["items.txt", "items_google.bin", "items_gensim.bin", "items_glove_noheader.txt"])(
    "%s: rest as features, and a layer of zeros on them learns",
    async (name) => {
      const checkpoint = await openCheckpoint(openTree(`fixtures/made/word2vec/${name}`));
      const config = configOf({
        log: { time: "time", item: "sku" },
        features: [{ name: "sku", encoder: { kind: "vocabulary", key: "words" } }],
        learner: { optimizer: { kind: "sgd", rate: 0.5 } },
      });
      const vocabularies = new Map([
        ["sku", checkpoint.vocabularies.get("words") ?? new Map<string, number>()],
      ]);
      const given = { checkpoint, config, vocabularies, where: name };
      const { model, source, bound } = convert(given, { slots: "exact", precision: "float64" });
      expect(model.spec.family).toBe("word-features");
      expect(model.spec.learner.optimizers).toMatchObject({
        deep: { kind: "frozen" },
        "deep/layers": { kind: "sgd" },
      });
      const rows = generatedRows(config, vocabularies, 50);
      expect(compareScores(source, bound, model, rows, 1e-9).report.maxAbsoluteDifference).toBe(0);

      const state = loadState(model, new Map());
      const vectors = state.table("deep/sku");
      const before = Float64Array.from(vectors.weights);
      expect(before.some((value) => value !== 0)).toBe(true);
      plainLearner(state)
        .over(batchOf({ labels: [1], codes: { sku: [3] } }))
        .learn(0, 1);
      expect(vectors.weights).toEqual(before);
      // From a score of 0 the gradient is -1/2 of the vector.
      const kernel = [...state.table("deep/kernel_0").weights];
      kernel.forEach((weight, k) => {
        expect(weight).toBeCloseTo(0.25 * (before[3 * kernel.length + k] ?? Number.NaN), 12);
      });
      expect(state.table("deep/bias_0").weights[0]).toBe(0.25);
    },
  );
});
