import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Converted, convert } from "../../src/convert/convert.js";
import { openCheckpoint } from "../../src/convert/open.js";
import { onlineScores } from "../../src/convert/parity/online-score.js";
import { compareScores } from "../../src/convert/parity/parity.js";
import { columnOf, type ParityRows } from "../../src/convert/parity/rows.js";
import type { SlotMode } from "../../src/convert/slots.js";
import { vocabulariesOf } from "../../src/convert/vocabularies.js";
import { openTree } from "../../src/io/files.js";
import { readVocabularyFile } from "../../src/io/vocabulary-file.js";
import { plainLearner } from "../../src/model/learner.js";
import { loadState } from "../../src/model/load.js";
import { configOf } from "./checkpoints.js";

const FOLDER = "fixtures/made/pytorch_mf";

interface Golden {
  user_ids: string[];
  item_ids: string[];
  logits: number[];
  oov: { rows: [number, number][]; logits: number[] };
  one_step: {
    user: string;
    item: string;
    logit_before: number;
    after_adagrad_restored_slots: number;
    after_adagrad_fresh_slots: number;
  };
}
const golden = JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as Golden;

const features = (file?: string): object[] =>
  ["user", "item"].map((name) => ({
    name,
    encoder: { kind: "vocabulary", key: `${name}2id`, ...(file === undefined ? {} : { file }) },
  }));

async function convertFile(name: string, plain: object, slots: SlotMode = "exact"): Promise<Converted> {
  const checkpoint = await openCheckpoint(openTree(`${FOLDER}/${name}`));
  const config = configOf(plain);
  const vocabularies = await vocabulariesOf(config, checkpoint, (file, key) =>
    readVocabularyFile(`${FOLDER}/${file}`, key),
  );
  return convert({ checkpoint, config, vocabularies, where: name }, { slots, precision: "float32" });
}

/** The forty golden rows, and those with an id that no vocabulary holds: row 0 of either table. */
function goldenRows({ model }: Converted): ParityRows {
  const id = (feature: string, row: number): string => {
    const vocabulary = model.vocabularies.get(feature);
    return vocabulary?.ids[vocabulary.rows.indexOf(row)] ?? "never seen";
  };
  const users = [...golden.user_ids, ...golden.oov.rows.map(([row]) => id("user", row))];
  const items = [...golden.item_ids, ...golden.oov.rows.map(([, row]) => id("item", row))];
  expect([users[40], items[41]]).toEqual(["never seen", "never seen"]);
  const columns = new Map([
    ["user", columnOf(users)],
    ["item", columnOf(items)],
  ]);
  return {
    kind: "golden",
    rows: users.length,
    columns,
    golden: Float64Array.from([...golden.logits, ...golden.oov.logits]),
  };
}

/** Score of the golden pair before and after the learner learns it once as a positive. */
function oneStep({ model }: Converted): { before: number; after: number } {
  const { user, item } = golden.one_step;
  const code = (feature: string, id: string): Int32Array => {
    const vocabulary = model.vocabularies.get(feature);
    return Int32Array.of(vocabulary?.rows[vocabulary.ids.indexOf(id)] ?? -1);
  };
  const zero = new Float64Array(1);
  const learner = plainLearner(loadState(model, new Map())).over({
    rows: 1,
    shownAtMicros: zero,
    knownAtMicros: zero,
    label: Float64Array.of(1),
    features: new Map([
      ["user", { kind: "rows", codes: code("user", user), newIds: [] }],
      ["item", { kind: "rows", codes: code("item", item), newIds: [] }],
    ]),
    offsets: new Map(),
    identities: new Map(),
  });
  const scores = new Float64Array(1);
  learner.score(0, 1, scores);
  const before = scores[0] ?? Number.NaN;
  learner.learn(0, 1);
  learner.score(0, 1, scores);
  return { before, after: scores[0] ?? Number.NaN };
}

describe("a PyTorch matrix factorisation", () => {
  it.each([
    ["checkpoint.pt", { features: features() }],
    [
      "state_dict.pt",
      { features: features("vocab.json"), learner: { optimizer: { kind: "adagrad", rate: 0.05 } } },
    ],
  ])("%s: has the golden logits, unknown ids included", async (name, plain) => {
    const converted = await convertFile(name, plain);
    expect(converted.source.recognised.family).toBe("matrix-factorisation");
    const rows = goldenRows(converted);
    const parity = compareScores(converted.source, converted.bound, converted.model, rows, 1e-5);
    expect(parity.report).toMatchObject({ source: "golden", rows: 42 });
    expect(parity.report.maxAbsoluteDifference).toBeLessThan(1e-6);
    const { scores } = onlineScores(converted.model, rows);
    rows.golden?.forEach((logit, row) => {
      expect(Math.abs((scores[row] ?? Number.NaN) - logit)).toBeLessThan(1e-6);
    });
  });

  it("takes the golden step from restored slots, with the checkpoint's own rate", async () => {
    const converted = await convertFile("checkpoint.pt", { features: features() });
    expect(converted.model.spec.learner.optimizers["dot"]).toMatchObject({
      kind: "adagrad",
      rate: 0.05,
      epsilon: 1e-10,
    });
    expect(converted.slots.map(({ outcome }) => outcome)).toEqual(Array(5).fill("transferred"));
    const { before, after } = oneStep(converted);
    expect(Math.abs(before - golden.one_step.logit_before)).toBeLessThan(1e-6);
    expect(Math.abs(after - golden.one_step.after_adagrad_restored_slots)).toBeLessThan(1e-6);
  });

  it("takes the golden step from fresh slots", async () => {
    const learner = { optimizer: { kind: "adagrad", rate: 0.05, initialAccumulator: 0 } };
    const converted = await convertFile("checkpoint.pt", { features: features(), learner }, "fresh");
    expect(Math.abs(oneStep(converted).after - golden.one_step.after_adagrad_fresh_slots)).toBeLessThan(1e-6);
  });

  it("asks how to learn where there are no slots; goes on with Adam, or drops its slots under another optimizer", async () => {
    await expect(convertFile("state_dict.pt", { features: features("vocab.json") })).rejects.toThrow(
      /no optimizer for term bias: the checkpoint holds no optimizer[\s\S]*learner.terms.bias or learner.optimizer/,
    );
    const recbole = { features: features("vocab.json") };
    const continued = await convertFile("recbole_like.pth", recbole);
    expect(continued.slots.map(({ outcome, note }) => `${outcome}, ${note}`)).toEqual(
      Array(10).fill("transferred, as saved after 1 updates"),
    );
    expect(loadState(continued.model, new Map()).tables.map(({ steps }) => steps)).toEqual(Array(5).fill(1));
    const learner = { optimizer: { kind: "sgd", rate: 0.1 } };
    const converted = await convertFile("recbole_like.pth", { ...recbole, learner });
    expect(converted.slots.length).toBe(10);
    expect(converted.slots.every(({ outcome, note }) => outcome === "dropped" && /adam/.test(note))).toBe(
      true,
    );
  });

  it("takes the roles it is told among half-precision copies and views, and drops the rest", async () => {
    const plain = { features: features("vocab.json"), learner: { optimizer: { kind: "sgd", rate: 0.1 } } };
    await expect(convertFile("state_dict_half_and_views.pt", plain)).rejects.toThrow(
      /two tables of vectors, found 5/,
    );
    const tensors = { "dot/user": "user_embedding.weight", "dot/item": "item_embedding.weight" };
    const converted = await convertFile("state_dict_half_and_views.pt", {
      ...plain,
      checkpoint: { tensors },
    });
    expect(converted.tensors.filter(({ outcome }) => outcome === "dropped").map(({ name }) => name)).toEqual([
      "item_embedding_bf16",
      "user_embedding_T",
      "rows_1_5",
    ]);
    const parity = compareScores(
      converted.source,
      converted.bound,
      converted.model,
      goldenRows(converted),
      1e-2,
    );
    // Half precision: close to the golden logits, not equal.
    expect(parity.report.maxAbsoluteDifference).toBeLessThan(1e-3);
    expect(parity.report.maxAbsoluteDifference).toBeGreaterThan(1e-7);
  });
});
