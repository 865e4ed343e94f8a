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

it("a feature's bag is as it was written, in the short form and in the long", () => {
  const { features } = spec(`  - { name: tags, encoder: { kind: hash, buckets: 4 }, bag: mean }
  - { name: words, encoder: { kind: hash, buckets: 4 }, bag: { combine: sqrtn, split: " ", weights: tfidf } }
model: { terms: [{ kind: linear, features: [user, item, price, tags, words] }] }
learner: { optimizer: { kind: sgd, rate: 0.5 } }
`);
  expect(features.map(({ bag }) => bag)).toEqual([
    ...[undefined, undefined, undefined],
    { combine: "mean" },
    { combine: "sqrtn", split: " ", weights: "tfidf" },
  ]);
});

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

  it("has the layers of towers, crosses and interactions, each beginning as noise by its inputs", () => {
    const { terms, newRows } = spec(`model:
  terms:
    - kind: towers
      left: { inputs: [price, { feature: user, width: 7 }], hidden: [5] }
      right: { inputs: [{ feature: item, width: 2 }] }
      width: 3
    - { kind: cross, inputs: [{ product: [user, item], width: 8 }], crosses: 1, structure: parallel, hidden: [4] }
    - { kind: interaction, features: [user, item], dense: [price], width: 2, bottom: [4], noise: 0.5 }
    - { kind: factorisation, features: [user, price], width: 2, noise: 0.2 }
learner: { optimizer: { kind: sgd, rate: 1 } }
`);
    const relu = (units: number) => ({ units, activation: "relu" });
    const linear = (units: number) => ({ units, activation: "linear" });
    expect(terms[0]).toMatchObject({
      left: {
        inputs: [
          { kind: "dense", feature: "price" },
          { kind: "embedding", feature: "user", width: 7 },
        ],
        layers: [relu(5), linear(3)],
      },
      right: { layers: [linear(3)] },
    });
    expect(terms[1]).toEqual({
      ...{ kind: "cross", name: "cross", crosses: 1, form: "matrix", structure: "parallel" },
      inputs: [{ kind: "product", left: "user", right: "item", width: 8 }],
      layers: [relu(4), linear(1)],
    });
    expect(terms[2]).toMatchObject({ bottom: [relu(4), relu(2)], top: [linear(1)] });
    expect(newRows).toEqual({
      "towers/left/user": { noise: 0.1 },
      "towers/left/kernel_0": { noise: 0.5 },
      "towers/left/kernel_1": { noise: Math.sqrt(2 / 5) },
      "towers/right/item": { noise: 0.1 },
      "towers/right/kernel_0": { noise: 1 },
      "cross/user": { noise: 0.1 },
      "cross/item": { noise: 0.1 },
      "cross/cross_kernel_0": { noise: 0.5 },
      "cross/cross_output": { noise: 0.5 },
      "cross/kernel_0": { noise: 0.5 },
      "cross/kernel_1": { noise: Math.sqrt(2 / 4) },
      "interaction/user": { noise: 0.5 },
      "interaction/item": { noise: 0.5 },
      "interaction/bottom/kernel_0": { noise: Math.sqrt(2) },
      "interaction/bottom/kernel_1": { noise: Math.sqrt(2 / 4) },
      // The vector of the numbers, and three pairs.
      "interaction/top/kernel_0": { noise: Math.sqrt(2 / 5) },
      "factorisation/user": { noise: 0.2 },
      "factorisation/price": { noise: 0.2 },
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
