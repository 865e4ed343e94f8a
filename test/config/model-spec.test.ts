import { describe, expect, it } from "vitest";
import { emptyEncoderSpec, fixedEncoderSpec } from "../../src/config/encoder-spec.js";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf, optimizersOf } from "../../src/config/model-spec.js";

const head = `version: 1
log: { time: at }
features:
  - { name: user, column: user_id, encoder: { kind: vocabulary } }
  - { name: item, encoder: { kind: hash, buckets: 10 } }
  - { name: price, encoder: { kind: dense, mean: 3, variance: 16 } }
`;
const spec = (text: string) => modelSpecOf(parseConfig(head + text, "unbatch.yaml"));

describe("a model from unbatch.yaml alone", () => {
  it("has its features, terms, optimizers and the rules of new rows", () => {
    const model = spec(`model:
  link: squared
  terms:
    - { kind: offset, column: logit }
    - { kind: bias }
    - { kind: linear, features: [user, price] }
    - { kind: dot, left: user, right: item, width: 4, noise: 0.2 }
    - { kind: deep, inputs: [price, { feature: item, width: 7 }], hidden: [5], activation: tanh, noise: 0.3 }
learner:
  optimizer: { kind: sgd, rate: 0.5 }
  terms: { bias: { kind: frozen } }
`);
    expect(model.features.map(({ name, column }) => [name, column])).toEqual([
      ["user", "user_id"],
      ["item", "item"],
      ["price", "price"],
    ]);
    expect(model.features[0]?.encoder).toEqual({ kind: "vocabulary", unknown: { rule: "grow", row: 0 } });
    expect(model.features[2]?.encoder).toMatchObject({ kind: "dense", mean: 3, scale: 4 });
    const sgd = { kind: "sgd", rate: 0.5, l2: 0 };
    expect(model.learner).toEqual({
      link: "squared",
      optimizers: { bias: { kind: "frozen" }, linear: sgd, dot: sgd, deep: sgd },
      batchSize: 1,
      precision: "float64",
      seed: 1,
    });
    expect(model.terms[4]).toEqual({
      kind: "deep",
      name: "deep",
      inputs: [
        { kind: "dense", feature: "price" },
        { kind: "embedding", feature: "item", width: 7 },
      ],
      layers: [
        { units: 5, activation: "tanh" },
        { units: 1, activation: "linear" },
      ],
    });
    // Layers by He et al.: sqrt(2 / inputs), here 1 + 7 inputs, then 5 units.
    expect(model.newRows).toEqual({
      "dot/user": { noise: 0.2 },
      "dot/item": { noise: 0.2 },
      "deep/item": { noise: 0.3 },
      "deep/kernel_0": { noise: 0.5 },
      "deep/kernel_1": { noise: Math.sqrt(2 / 5) },
    });
  });

  it("needs terms, and an optimizer for each that learns", () => {
    expect(() => spec("")).toThrow("no model");
    expect(() => spec("model: { terms: [{ kind: bias, name: b }] }")).toThrow("no optimizer for term b");
    expect(optimizersOf([{ kind: "offset", name: "o", column: "c", scale: "logit" }], { terms: {} })).toEqual(
      {},
    );
  });
});

describe("encoders", () => {
  it("of an empty vocabulary keep the rule for unknown ids", () => {
    const rules = [
      ["grow", { rule: "grow", row: 0 }],
      ["reject", { rule: "reject" }],
      [{ growFrom: 3 }, { rule: "grow", row: 3 }],
      [{ row: 2 }, { rule: "row", row: 2 }],
      [
        { buckets: 7, function: "farmhash64" },
        { rule: "hash", first: 0, buckets: 7, function: "farmhash64" },
      ],
    ] as const;
    expect.assertions(rules.length);
    for (const [unknown, rule] of rules)
      expect(emptyEncoderSpec({ kind: "vocabulary", unknown, missing: "?" })).toEqual({
        kind: "vocabulary",
        unknown: rule,
        missing: "?",
      });
  });

  it("of dense features have a scale: as given, the root of the variance, or 1", () => {
    const dense = {
      kind: "dense",
      mean: 0,
      transform: "none",
      truncate: false,
      precision: "float64",
    } as const;
    expect(fixedEncoderSpec({ ...dense, scale: 0 })).toEqual({ ...dense, scale: 0 });
    expect(fixedEncoderSpec({ ...dense, variance: 9, missing: 0 })).toEqual({
      ...dense,
      scale: 3,
      missing: 0,
    });
    expect(fixedEncoderSpec(dense)).toEqual({ ...dense, scale: 1 });
  });
});
