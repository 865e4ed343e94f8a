import { describe, expect, it } from "vitest";
import { type Converted, convert } from "../../src/convert/convert.js";
import { openCheckpoint } from "../../src/convert/open.js";
import { generatedRows } from "../../src/convert/parity/generated.js";
import { compareUpdates, requireUpdates } from "../../src/convert/parity/source-updates.js";
import { vocabulariesOf } from "../../src/convert/vocabularies.js";
import { openTree } from "../../src/io/files.js";
import { readVocabularyFile } from "../../src/io/vocabulary-file.js";
import type { OnlineModel } from "../../src/model/model.js";
import type { UpdatesReport } from "../../src/model/record.js";
import { configOf } from "./checkpoints.js";

const FOLDER = "fixtures/made/pytorch_mf";

async function converted(
  name: string,
  slots: "exact" | "fresh" = "exact",
  more: object = {},
): Promise<Converted> {
  const checkpoint = await openCheckpoint(openTree(`${FOLDER}/${name}`));
  const features = ["user", "item"].map((feature) => ({
    name: feature,
    encoder: { kind: "vocabulary", key: `${feature}2id`, file: "vocab.json" },
  }));
  const config = configOf({ features, ...more });
  const vocabularies = await vocabulariesOf(config, checkpoint, (file, key) =>
    readVocabularyFile(`${FOLDER}/${file}`, key),
  );
  return convert({ checkpoint, config, vocabularies, where: name }, { slots, precision: "float64" });
}

function updatesOf(one: Converted, model: OnlineModel = one.model): UpdatesReport {
  return compareUpdates(one, model, generatedRows(one.source.config, one.source.vocabularies, 100));
}

function largest(report: UpdatesReport): number {
  if ("notMade" in report) throw new Error(report.notMade);
  expect(report).toMatchObject({ updates: 40, rows: 20 });
  expect(report.largestMove).toBeGreaterThan(1e-3);
  return report.maxAbsoluteDifference;
}

/** The model with one tensor changed. */
function changed(model: OnlineModel, name: string, change: (value: number) => number): OnlineModel {
  const tensor = model.tensors.get(name);
  if (tensor === undefined) throw new Error(`no ${name}`);
  const values = Float64Array.from({ length: tensor.values().length }, (_, at) =>
    change(Number(tensor.values()[at])),
  );
  const { shape, dtype } = tensor;
  return {
    ...model,
    tensors: new Map(model.tensors).set(name, { name, shape, dtype, values: () => values }),
  };
}

describe("the first updates from the source's own slots", () => {
  it.each([
    ["checkpoint.pt", "accumulator"],
    ["recbole_like.pth", "v"],
  ])("%s: as a float64 loop over the source makes them; another %s is seen", async (name, slot) => {
    const one = await converted(name);
    expect(largest(updatesOf(one))).toBeLessThan(1e-12);
    for (const table of ["bias", "linear/user", "dot/item"]) {
      const other = changed(one.model, `${table}/${slot}`, (value) => 1.5 * value);
      expect(largest(updatesOf(one, other)), table).toBeGreaterThan(1e-10);
    }
    expect(() =>
      requireUpdates(
        updatesOf(
          one,
          changed(one.model, "bias/weight", (b) => b + 1),
        ),
        1e-5,
        name,
      ),
    ).toThrow(/differ by .* within 40 updates/);
    expect(() => requireUpdates(updatesOf(one), 1e-5, name)).not.toThrow();
  });

  it("are not made where slots did not come along, or rules are not the source's", async () => {
    const sgd = { optimizer: { kind: "sgd", rate: 0.1 } };
    expect(updatesOf(await converted("checkpoint.pt", "exact", { learner: sgd }))).toEqual({
      notMade: "bias: the optimizer is sgd",
    });
    const clipped = { optimizer: { kind: "adagrad", rate: 0.1, clipNorm: 1 } };
    expect(updatesOf(await converted("checkpoint.pt", "exact", { learner: clipped }))).toEqual({
      notMade: "bias: clipNorm is no setting of the source's",
    });
    const adagrad = { optimizer: { kind: "adagrad", rate: 0.1 } };
    expect(updatesOf(await converted("state_dict.pt", "exact", { learner: adagrad }))).toEqual({
      notMade: "bias: the checkpoint has no adagrad slots for it",
    });
  });
});

describe("the first updates of what no source's optimizer goes on with", () => {
  it("are not compared: leaves of boosted trees", async () => {
    const checkpoint = await openCheckpoint(openTree("fixtures/made/xgboost_ctr/model.json"));
    const features = (checkpoint.trees?.featureNames ?? []).map((name) => ({
      name,
      encoder: { kind: "dense", missing: "keep" },
    }));
    const config = configOf({ features, learner: { optimizer: { kind: "adagrad", rate: 0.05 } } });
    const one = convert(
      { checkpoint, config, vocabularies: new Map(), where: "model.json" },
      { slots: "exact", precision: "float64" },
    );
    expect(updatesOf(one)).toEqual({
      notMade:
        "boosted trees have no optimizer to go on with: their leaves learn by the model's own, from its beginning",
    });
  });

  it("are not compared: a model that is frozen whole", async () => {
    const frozen = { optimizer: { kind: "frozen" } };
    expect(updatesOf(await converted("checkpoint.pt", "exact", { learner: frozen }))).toEqual({
      notMade: "nothing of it learns: every optimizer is frozen",
    });
  });

  it("are compared beside terms that are frozen", async () => {
    const learner = { terms: { bias: { kind: "frozen" }, dot: { kind: "frozen" } } };
    const one = await converted("checkpoint.pt", "exact", { learner });
    expect(largest(updatesOf(one))).toBeLessThan(1e-12);
    const other = changed(one.model, "linear/user/accumulator", (value) => 1.5 * value);
    expect(largest(updatesOf(one, other))).toBeGreaterThan(1e-10);
  });
});

describe("the first updates of layers", () => {
  const features = [
    { name: "user", column: "user_id", encoder: { kind: "identity", size: 51 } },
    { name: "item", column: "item_id", encoder: { kind: "identity", size: 71 } },
  ];

  it("a Keras model with its Adagrad slots: rows, kernel and bias; another accumulator of each is seen", async () => {
    const checkpoint = await openCheckpoint(openTree("fixtures/made/keras_like/keras2_full.h5"));
    const given = { checkpoint, config: configOf({ features, learner: {} }), where: "keras2_full.h5" };
    const one = convert({ ...given, vocabularies: new Map() }, { slots: "exact", precision: "float64" });
    expect(one.model.spec.terms.map(({ kind }) => kind)).toEqual(["deep"]);
    expect(largest(updatesOf(one))).toBeLessThan(1e-12);
    const layers = [
      { units: 9000, activation: "relu" as const },
      { units: 1, activation: "linear" as const },
    ];
    const terms = one.model.spec.terms.map((term) => (term.kind === "deep" ? { ...term, layers } : term));
    const wide = { ...one.model, spec: { ...one.model.spec, terms } };
    expect(updatesOf(one, wide)).toEqual({
      notMade: "its layers have 162001 weights, and at most 100000 are visited one by one",
    });
    for (const table of ["deep/user", "deep/item", "deep/kernel_0", "deep/bias_0"]) {
      const other = changed(one.model, `${table}/accumulator`, (value) => 1.5 * value + 1);
      const made = updatesOf(one, other);
      expect("notMade" in made ? 0 : made.maxAbsoluteDifference, table).toBeGreaterThan(1e-8);
    }
  });
});
