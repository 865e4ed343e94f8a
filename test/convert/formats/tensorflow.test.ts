import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { tensorflow } from "../../../src/convert/formats/tensorflow/reader.js";
import { elementCount } from "../../../src/core/tensor.js";
import { openTree } from "../../../src/io/files.js";
import { describeWith } from "../../support/external.js";

const VALUE = "/.ATTRIBUTES/VARIABLE_VALUE";
const numbers = (values: ArrayLike<number | bigint> | undefined): number[] =>
  Array.from(values ?? [], Number);

describeWith("UNBATCH_DATA", "TensorFlow files of others", (data) => {
  const folder = `${data}/checkpoints`;
  const open = (name: string): Checkpoint => tensorflow.read(openTree(join(folder, name)));

  /** What SOURCES.md lists for an index: names with shapes. */
  function listed(index: string): Map<string, number[]> {
    const sources = readFileSync(`${folder}/SOURCES.md`, "utf8");
    const line = sources.split("\n").find((one) => one.startsWith(`- \`${index}\`:`)) ?? "";
    const entries = [...line.slice(line.indexOf(":") + 1).matchAll(/([^\s,[\]]+)\[([\d,]*)\]/g)];
    return new Map(
      entries.map(([, name = "", shape = ""]) => [name, shape.split(",").filter(Boolean).map(Number)]),
    );
  }

  /** Every variable that the reader found, whatever it took it for. */
  function found({ tensors, slots, hyperparameters, notes }: Checkpoint): number {
    return (
      tensors.size +
      slots.reduce((sum, { slots: parts }) => sum + parts.size, 0) +
      hyperparameters.size +
      notes.filter((note) => note.endsWith("left alone")).length
    );
  }

  const TAXI = "tf_checkpoint/taxi_wide_deep_ckpt";

  it("the taxi checkpoint: every weight with its slots, and both optimizers' settings", () => {
    const checkpoint = open(TAXI);
    expect(checkpoint.format).toBe("tensorflow-checkpoint");
    expect(checkpoint.notes).toEqual([]);
    const names = listed(`${TAXI}/model.ckpt-1000.index`);
    expect(names.size).toBe(60);
    expect(found(checkpoint)).toBe(60);
    for (const [name, { shape, dtype }] of checkpoint.tensors) {
      expect([name, shape]).toEqual([name, names.get(name)]);
      expect(dtype).toBe("float32");
    }
    expect(Object.fromEntries(checkpoint.hyperparameters)).toEqual({
      global_step: 1000,
      "training/Adagrad/decay": 0,
      "training/Adagrad/learning_rate": Math.fround(0.001),
      "training/Ftrl/beta": 0,
      "training/Ftrl/decay": 0,
      "training/Ftrl/iter": 1000,
      "training/Ftrl/l1_regularization_strength": 0,
      "training/Ftrl/l2_regularization_strength": 0,
      "training/Ftrl/learning_rate": Math.fround(0.005),
      "training/Ftrl/learning_rate_power": -0.5,
    });
  });

  it("the taxi checkpoint: FTRL's weights follow from its slots, Adagrad's accumulators from their start", () => {
    const checkpoint = open(TAXI);
    const kinds: Record<string, number> = {};
    let moved = 0;
    for (const { optimizer, tensor, slots } of checkpoint.slots) {
      kinds[`${optimizer} ${[...slots.keys()].join()}`] =
        (kinds[`${optimizer} ${[...slots.keys()].join()}`] ?? 0) + 1;
      expect(tensor.startsWith(optimizer === "ftrl" ? "linear/" : "dnn/")).toBe(true);
      const weights = numbers(checkpoint.tensors.get(tensor)?.values());
      const part = (name: string): number[] => numbers(slots.get(name)?.values());
      if (optimizer === "ftrl") {
        const [n, z] = [part("n"), part("z")];
        // w = -z / (sqrt(n) / rate), without penalties.
        weights.forEach((weight, at) => {
          const due = (-(z[at] ?? Number.NaN) * 0.005) / Math.sqrt(n[at] ?? Number.NaN);
          expect(Math.abs(weight - due)).toBeLessThan(1e-6);
          if (weight !== 0) moved += 1;
        });
      } else {
        expect(part("accumulator").length).toBe(weights.length);
        expect(Math.min(...part("accumulator"))).toBeGreaterThanOrEqual(Math.fround(0.1));
      }
    }
    expect(kinds).toEqual({ "ftrl n,z": 10, "adagrad accumulator": 10 });
    expect(moved).toBeGreaterThan(100);
  });

  it("the SavedModel of the same training: the same weights, no slots, its vocabularies", () => {
    const trained = open(TAXI);
    const exported = open("tf_savedmodel/taxi_wide_deep_estimator");
    expect(exported.format).toBe("tensorflow-savedmodel");
    expect(exported.slots).toEqual([]);
    expect([...exported.tensors.keys()].sort()).toEqual([...trained.tensors.keys()].sort());
    for (const [name, tensor] of exported.tensors) {
      expect(tensor.values()).toEqual(trained.tensors.get(name)?.values());
    }
    const sizes = [...exported.vocabularies].map(([name, { size }]) => [name, size]);
    expect(sizes).toEqual([
      ["vocab_compute_and_apply_vocabulary_1_vocabulary", 53],
      ["vocab_compute_and_apply_vocabulary_vocabulary", 6],
    ]);
    const lines = readFileSync(
      `${folder}/tf_savedmodel/taxi_wide_deep_estimator/assets/vocab_compute_and_apply_vocabulary_vocabulary`,
      "utf8",
    ).split("\n");
    const ids = exported.vocabularies.get("vocab_compute_and_apply_vocabulary_vocabulary");
    expect([...(ids ?? [])]).toEqual(lines.slice(0, 6).map((line, row) => [line, row]));
  });

  it.each([
    ["keras_iris_tfx", "variables/variables.index"],
    ["scisharp_lstm_from_sequential", "variables/variables.index"],
    ["scisharp_python_func_model", "variables/variables.index"],
    ["scisharp_simple_model_from_auto_compile", "variables/variables.index"],
    ["serving_saved_model_counter/00000123", "variables/variables.index"],
    ["serving_saved_model_half_plus_two_tf2_cpu/00000123", "variables/variables.index"],
    ["taxi_estimator_2shards", "variables/variables.index"],
    ["tfjs_int64_multiply", "variables/variables.index"],
  ])("%s: every variable accounted for, with sound checksums", (name, index) => {
    const checkpoint = open(`tf_savedmodel/${name}`);
    const names = listed(`tf_savedmodel/${name}/${index}`);
    expect(names.size).toBeGreaterThan(0);
    // What the variables are called is no variable.
    names.delete("_CHECKPOINTABLE_OBJECT_GRAPH");
    expect(found(checkpoint)).toBe(names.size);
    for (const [tensor, { shape, values }] of checkpoint.tensors) {
      expect([tensor, shape]).toEqual([tensor, names.get(tensor)]);
      expect(numbers(values()).length).toBe(elementCount(shape));
      expect(numbers(values()).every(Number.isFinite)).toBe(true);
    }
  });

  it("has the numbers that the models are known by", () => {
    // x / 2 + 2, and + 3.
    const half = open("tf_savedmodel/serving_saved_model_half_plus_two_tf2_cpu/00000123").tensors;
    expect(["a", "b", "c"].map((name) => numbers(half.get(`${name}${VALUE}`)?.values()))).toEqual([
      [0.5],
      [2],
      [3],
    ]);
    const product = open("tf_savedmodel/tfjs_int64_multiply").tensors;
    expect(product.get(`v1${VALUE}`)?.dtype).toBe("int64");
    expect(["v1", "v2"].map((name) => numbers(product.get(`${name}${VALUE}`)?.values()))).toEqual([[3], [2]]);
  });

  it("slots of optimizers since TensorFlow 2.11 by the full names of their variables", () => {
    const { slots, hyperparameters, tensors } = open("tf_savedmodel/scisharp_lstm_from_sequential");
    const dense = slots.find(({ tensor }) => tensor === `layer_with_weights-1/kernel${VALUE}`);
    expect(dense?.optimizer).toBe("adam");
    const shapes = [...(dense?.slots ?? [])].map(([name, { shape }]) => [name, shape]);
    const shape = tensors.get(dense?.tensor ?? "")?.shape;
    expect(shapes).toEqual([
      ["m", shape],
      ["v", shape],
    ]);
    expect(Math.min(...numbers(dense?.slots.get("v")?.values()))).toBeGreaterThanOrEqual(0);
    expect(slots.length).toBe(5);
    expect(hyperparameters.get("optimizer/_learning_rate")).toBeCloseTo(0.001, 9);
  });

  it("of two shards reads each tensor from its own", () => {
    const { tensors, hyperparameters } = open("tf_savedmodel/taxi_estimator_2shards");
    // The first shard is 8 bytes: the step; all the rest is in the other.
    expect(Object.fromEntries(hyperparameters)).toEqual({ global_step: 10_000 });
    expect(tensors.size).toBe(20);
  });

  it("takes Adam's slots of tracked variables, and the counters of either Keras", () => {
    const iris = open("tf_savedmodel/keras_iris_tfx");
    expect(iris.slots.map(({ optimizer, slots }) => `${optimizer} ${[...slots.keys()].join()}`)).toEqual(
      Array(6).fill("adam m,v"),
    );
    expect(iris.hyperparameters.get("optimizer/beta_1")).toBe(Math.fround(0.9));
    const lstm = open("tf_savedmodel/scisharp_lstm_from_sequential");
    expect(Object.fromEntries(lstm.hyperparameters)).toEqual({
      "optimizer/_iterations": 10,
      "optimizer/_learning_rate": Math.fround(0.001),
    });
    expect([...lstm.tensors.keys()].some((name) => name.startsWith("optimizer/"))).toBe(false);
  });
});
