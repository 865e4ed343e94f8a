import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { columnAt, convertFile, dense, goldenParity, identity, jsonOf, logit, MADE } from "./made.js";

interface Golden {
  user_id: number[];
  item_id: number[];
  prob: number[];
}

describe("a TensorFlow.js model of a product, biases and layers over the same vectors (tfjs_layers)", () => {
  const features = [
    { name: "user", column: "user_id", encoder: identity(121) },
    { name: "item", column: "item_id", encoder: identity(181) },
    { name: "d0", encoder: dense },
    { name: "d1", encoder: dense },
  ];
  // The largest error of a weight is half a step of its quantisation: 1/255 or 1/65535 of a range below 2, 2^-11 of it.
  it.each([
    ["single", 2e-6],
    ["sharded", 2e-6],
    ["float16", 1e-3],
    ["uint16", 1e-3],
    ["uint8", 0.1],
  ])("%s scores as its goldens within %d", async (form, tolerance) => {
    const converted = await convertFile(resolve(MADE, "tfjs_layers", form, "model.json"), { features });
    const { recognised } = converted.source;
    expect(recognised.family).toBe("neumf");
    expect(recognised.evidence.join("\n")).toContain("its own graph, from prob down");
    expect(converted.bound.terms.map(({ kind }) => kind)).toEqual(["linear", "dot", "deep"]);
    // The layers read the vectors of the product: one table for both.
    const tables = converted.tensors.filter(({ name }) => name === "user_embedding/embeddings");
    expect(tables.map(({ table }) => table)).toEqual(["dot/user"]);
    expect(converted.bound.assumed.join("\n")).not.toContain("activation");
    const {
      user_id,
      item_id,
      prob,
      dense: numbers,
    } = jsonOf<Golden & { dense: number[][] }>("tfjs_layers/golden.json");
    const columns = { user_id, item_id, d0: columnAt(numbers, 0), d1: columnAt(numbers, 1) };
    const { report } = goldenParity(converted, columns, prob.map(logit));
    expect(report.rows).toBe(8);
    expect(report.maxAbsoluteDifference).toBeLessThan(tolerance);
  });
});

describe("two embeddings and one layer (keras_like)", () => {
  const features = [
    { name: "user", column: "user_id", encoder: identity(51) },
    { name: "item", column: "item_id", encoder: identity(71) },
  ];
  it.each([
    ["keras2_full.h5", "adagrad"],
    ["keras3_like.keras", "adam"],
  ])("%s scores as its goldens and learns on with its %s", async (file, optimizer) => {
    const path = resolve(MADE, "keras_like", file);
    const converted = await convertFile(path, { features, learner: {} });
    expect(converted.source.recognised.family).toBe("ncf");
    const { user_id, item_id, prob } = jsonOf<Golden>("keras_like/golden.json");
    const { report } = goldenParity(converted, { user_id, item_id }, prob.map(logit));
    expect(report.rows).toBe(10);
    expect(report.maxAbsoluteDifference).toBeLessThan(2e-6);
    expect(converted.optimizers.map(({ spec }) => spec.kind)).toContain(optimizer);
    expect(converted.slots.every(({ outcome }) => outcome === "transferred")).toBe(true);
  });
});
