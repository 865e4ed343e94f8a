import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { DAY_MICROS, HOUR_MICROS, parseTimeMicros } from "../../src/core/time.js";
import { messageOf, messagesOf } from "./problems.js";

/** A file that is right, with lines changed or added after it. */
const base = `version: 1
log: { time: at, label: clicked == 1 }
features:
  - { name: user, encoder: { kind: vocabulary } }
  - { name: price, encoder: { kind: dense } }
`;

describe("a right file", () => {
  it("has durations and times in microseconds and every default", () => {
    const config = parseConfig(
      `${base}checkpoint: { trained: { throughShownAt: 2024-05-01, labelsAsOf: "2024-05-01T06:00:00Z" } }
compare: { policies: [{ name: late, kind: warm, every: 1d, publishAfter: 4h }] }
`,
      "unbatch.yaml",
    );
    expect(config.log).toEqual({
      time: { column: "at" },
      label: { rule: "clicked == 1" },
      maxRejected: 0.01,
    });
    expect(config.features[0]?.encoder).toEqual({ kind: "vocabulary", unknown: "grow" });
    expect(config.learner).toEqual({ terms: {}, batchSize: 1, precision: "float64", seed: 1 });
    expect(config.replay).toEqual({ window: DAY_MICROS });
    expect(config.checkpoint?.trained).toEqual({
      throughShownAt: parseTimeMicros("2024-05-01"),
      labelsAsOf: (parseTimeMicros("2024-05-01") ?? 0) + 6 * HOUR_MICROS,
    });
    expect(config.compare?.policies).toEqual([
      { name: "late", kind: "warm", every: DAY_MICROS, epochs: 1, publishAfter: 4 * HOUR_MICROS },
    ]);
  });
});

describe("one problem: its place, what was found, what was expected", () => {
  const cases: [string, string, string][] = [
    [
      "unknown key",
      `${base}replay: { windw: 1d }`,
      `line 6:11: replay.windw: found an unknown key; expected "window"`,
    ],
    [
      "duration",
      `${base}replay: { window: 60 }`,
      "line 6:19: replay.window: found 60; expected a duration such as 90s, 15m, 4h, 28d or 1w",
    ],
    [
      "known with a number",
      "version: 1\nlog:\n  time: at\n  known: { after: 1 }",
      "line 4:19: log.known.after: found 1; expected a duration such as 90s, 15m, 4h, 28d or 1w or { positive, negative }",
    ],
    [
      "one class of two",
      "version: 1\nlog:\n  time: at\n  known: { after: { positive: 1h } }",
      "line 4:12: log.known.after.negative: found nothing; expected a duration such as 90s, 15m, 4h, 28d or 1w",
    ],
    [
      "known with nothing",
      "version: 1\nlog:\n  time: at\n  known: {}",
      "line 4:3: log.known: found {}; expected { after } or { column }",
    ],
    [
      "empty policies",
      `${base}compare: { policies: [] }`,
      "line 6:12: compare.policies: found []; expected a list of at least 1",
    ],
    [
      "unknown kind",
      `${base}learner: { optimizer: { kind: adagrd, rate: 1 } }`,
      'line 6:31: learner.optimizer.kind: found "adagrd"; expected "sgd", "adagrad", "rowwise-adagrad", "ftrl", "adam" or "frozen"; perhaps "adagrad"',
    ],
    [
      "no kind",
      `${base}compare: { policies: [{ name: a }] }`,
      'line 6:23: compare.policies.0.kind: found nothing; expected "frozen", "floor", "stateless", "warm" or "online"',
    ],
    [
      "a key of another kind of encoder",
      "version: 1\nlog: { time: at }\nfeatures:\n  - { name: a, encoder: { kind: identity, size: 3, buckets: 4 } }",
      "line 4:52: features.0.encoder.buckets: found a setting of hash, which identity does not have; expected kind, size, outOfRange or missing",
    ],
    [
      "the alternative that shares most keys",
      "version: 1\nlog: { time: at }\nfeatures:\n  - { name: a, encoder: { kind: vocabulary, unknown: { buckets: 0 } } }",
      "line 4:65: features.0.encoder.unknown.buckets: found 0; expected a number that is at least 1",
    ],
    [
      "feature that a linear term misspells, at the name",
      `${base}model:\n  terms:\n    - kind: linear\n      features:\n        - price\n        - usr\nlearner: {}`,
      'line 11:11: model.terms.0.features.1: found "usr", which is no feature; expected "user"',
    ],
    [
      "feature far from every name",
      `${base}model: { terms: [{ kind: linear, features: [warehouse] }] }`,
      'line 6:45: model.terms.0.features.0: found "warehouse", which is no feature; expected user or price',
    ],
    [
      "dense feature where rows are needed",
      `${base}model: { terms: [{ kind: dot, left: user, right: price, width: 2 }] }`,
      'line 6:50: model.terms.0.right: found "price", which is dense; expected a categorical feature',
    ],
    [
      "embedding of a dense feature",
      `${base}model: { terms: [{ kind: deep, inputs: [price, { feature: price, width: 2 }], hidden: [2] }] }`,
      'line 6:59: model.terms.0.inputs.1.feature: found "price", which is dense; expected a categorical feature',
    ],
    [
      "optimizer of no term",
      `${base}model: { terms: [{ kind: bias }] }\nlearner: { terms: { bais: { kind: frozen } } }`,
      'line 7:21: learner.terms.bais: found no term of that name that learns; expected "bias"',
    ],
    [
      "a policy's optimizer of no term",
      `${base}model: { terms: [{ kind: bias }] }\ncompare:\n  policies:\n    - { name: a, kind: online, learner: { terms: { bais: { kind: frozen } } } }`,
      'line 9:52: compare.policies.0.learner.terms.bais: found no term of that name that learns; expected "bias"',
    ],
    [
      "a setting of another optimizer",
      `${base}learner:\n  optimizer: { kind: adagrad, rate: 1, beta1: 0.9 }`,
      "line 7:40: learner.optimizer.beta1: found a setting of adam, which adagrad does not have; expected kind, rate, initialAccumulator,",
    ],
    [
      "a warm-up of FTRL",
      `${base}learner:\n  optimizer: { kind: ftrl, rate: 1, warmUpSteps: 9 }`,
      "line 7:37: learner.optimizer.warmUpSteps: found a setting of sgd, adagrad, rowwise-adagrad or adam, which ftrl does not have; expected kind, rate, beta, l1, l2",
    ],
    [
      "Adam that never forgets",
      `${base}learner:\n  optimizer: { kind: adam, rate: 1, beta2: 1 }`,
      "line 7:44: learner.optimizer.beta2: found 1; expected a number that is less than 1",
    ],
    [
      "a floor under a constant rate",
      `${base}learner:\n  optimizer: { kind: sgd, rate: 1, rateFloor: 0.1 }`,
      "line 7:36: learner.optimizer.rateFloor: found a floor under a rate that does not decay; expected schedule: inverse-sqrt, or no rateFloor",
    ],
    [
      "a policy's floor above its first rate",
      `${base}compare:\n  policies:\n    - { name: a, kind: online, learner: { optimizer: { kind: adagrad, rate: 1, initialAccumulator: 4, rateFloor: 0.6 } } }`,
      "line 8:103: compare.policies.0.learner.optimizer.rateFloor: found 0.6, above the first effective rate 0.5; expected a lower floor",
    ],
    [
      "momentum of rows",
      `${base}model: { terms: [{ kind: linear, features: [user] }] }\nlearner:\n  terms: { linear: { kind: sgd, rate: 1, momentum: 0.9 } }`,
      "line 8:42: learner.terms.linear.momentum: found momentum for linear, of which it would move rows alone, that few events touch; expected no momentum: it is of layers and biases",
    ],
    [
      "a dense feature in a product",
      `${base}model: { terms: [{ kind: deep, inputs: [{ product: [user, price], width: 2 }], hidden: [] }] }`,
      'line 6:59: model.terms.0.inputs.0.product.1: found "price", which is dense; expected a categorical feature',
    ],
    [
      "a tower's input that is no feature",
      `${base}model: { terms: [{ kind: towers, left: { inputs: [price] }, right: { inputs: [{ feature: usr, width: 2 }] }, width: 2 }] }`,
      'line 6:90: model.terms.0.right.inputs.0.feature: found "usr", which is no feature; expected "user"',
    ],
    [
      "a product of one feature",
      `${base}model: { terms: [{ kind: cross, crosses: 1, inputs: [{ product: [user, user], width: 2 }] }] }`,
      'found "user" a second time; expected each feature once in a term',
    ],
    [
      "vectors of another width from another term",
      `${base}model: { terms: [{ kind: deep, name: own, hidden: [], inputs: [{ feature: user, width: 4 }] }, { kind: deep, hidden: [], inputs: [{ feature: user, width: 2, from: own }] }] }`,
      'model.terms.1.inputs.0.from: found "own", which keeps no vectors of width 2 for user; expected no from: vectors of its own',
    ],
    [
      "vectors from a term that is not there",
      `${base}model: { terms: [{ kind: deep, name: own, hidden: [], inputs: [{ feature: user, width: 2 }] }, { kind: deep, hidden: [], inputs: [{ feature: user, width: 2, from: owm }] }] }`,
      'model.terms.1.inputs.0.from: found "owm", which keeps no vectors of width 2 for user; expected own',
    ],
    [
      "an interaction of one vector",
      `${base}model: { terms: [{ kind: interaction, features: [user], width: 2 }] }`,
      "line 6:39: model.terms.0.features: found one vector and no dense features; expected another feature, or dense features, for a pair of vectors",
    ],
    [
      "a machine of one feature",
      `${base}model: { terms: [{ kind: factorisation, features: [user], width: 2 }] }`,
      'line 6:41: model.terms.0.features: found ["user"]; expected a list of at least 2',
    ],
    [
      "second name",
      `${base}  - { name: user, encoder: { kind: vocabulary } }`,
      'line 6:13: features.2.name: found a second "user"; expected a name of its own',
    ],
    [
      "an embedding twice in one term",
      `${base}model: { terms: [{ kind: deep, inputs: [{ feature: user, width: 2 }, { feature: user, width: 3 }], hidden: [1] }] }`,
      'line 6:81: model.terms.0.inputs.1.feature: found "user" a second time; expected each feature once in a term',
    ],
    [
      "boundaries",
      `${base}  - { name: age, encoder: { kind: bucketize, boundaries: [1, 3, 2] } }`,
      "line 6:65: features.2.encoder.boundaries.2: found 2 after 3; expected ascending boundaries",
    ],
    [
      "bag of numbers",
      `${base}  - { name: age, encoder: { kind: dense }, bag: mean }`,
      "line 6:44: features.2.bag: found a bag of a dense feature, which is one number; expected a vocabulary, hash, identity or bucketize encoder",
    ],
    [
      "bag combined in another way",
      `${base}  - { name: age, encoder: { kind: vocabulary }, bag: max }`,
      'line 6:54: features.2.bag: found "max"; expected "sum" or "mean" or "sqrtn" or { combine, weights, split }',
    ],
    [
      "bag without its combination",
      `${base}  - { name: tags, encoder: { kind: vocabulary }, bag: { split: "|" } }`,
      'line 6:50: features.2.bag.combine: found nothing; expected "sum", "mean" or "sqrtn"',
    ],
    [
      "scale and variance",
      `${base}  - { name: age, encoder: { kind: dense, scale: 1, variance: 1 } }`,
      "line 6:52: features.2.encoder.variance: found both scale and variance; expected one of them",
    ],
    [
      "a chained comparison in a rule",
      "version: 1\nlog:\n  time: at\n  label: 1 < a < 3",
      'line 4:10: log.label: found "1 < a < 3" (a comparison of a comparison); expected two comparisons joined: 1 < a and a < 3, not 1 < a < 3',
    ],
    [
      "a rule in its long form",
      "version: 1\nlog:\n  time: at\n  label:\n    missing: 0\n    rule: s < 'x'",
      `line 6:11: log.label.rule: found "s < 'x'" (the text "x" where it is not compared with a column by == or !=)`,
    ],
    ["an empty file", "# nothing\n", "found an empty file"],
    ["a list", "- 1\n", "line 1:1: the file: found [1]; expected keys with values"],
    ["a repeated key", "version: 1\nversion: 1\n", "line 2:1: Map keys must be unique"],
  ];

  it.each(cases)("%s", (_, text, message) => {
    const found = messagesOf(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });
});

describe("all problems", () => {
  it("are reported together, in the order of lines: shape, label rule, references", () => {
    const found = messagesOf(`version: 2
log:
  time: at
  label: a.b > 1
  usr: u
features:
  - { name: user, encoder: { kind: vocabulry } }
  - { name: item, encoder: { kind: hash } }
model:
  terms:
    - { kind: linear, features: [usr, item] }
    - { kind: linear, features: [item] }
learner:
  terms: { liner: { kind: frozen } }
compare:
  pretrain: 0d
  policies:
    - { name: a, kind: online, from: scrach }
    - { name: a, kind: frozen }
`);
    expect(found.map((message) => message.replace(/: found.*/, ""))).toEqual([
      "line 1:10: version",
      "line 4:10: log.label",
      "line 5:3: log.usr",
      "line 7:36: features.0.encoder.kind",
      "line 8:19: features.1.encoder.buckets",
      "line 11:34: model.terms.0.features.0",
      "line 12:7: model.terms.1.name",
      "line 14:12: learner.terms.liner",
      "line 16:13: compare.pretrain",
      "line 18:38: compare.policies.0.from",
      "line 19:15: compare.policies.1.name",
    ]);
    expect(found[9]).toContain('perhaps "scratch"');
  });

  it("of the syntax have their place once", () => {
    const found = messagesOf('version: 1\nlog: { time: at\nfeatures: "x');
    expect(found.length).toBeGreaterThan(0);
    for (const message of found) {
      expect(message).toMatch(/^line \d+:\d+: /);
      expect(message).not.toMatch(/at line/);
    }
  });

  it("do not follow from each other: features of no name hide no term's problem behind false ones", () => {
    const found = messagesOf(
      "version: 1\nlog: { time: at }\nfeatures:\n  - { nme: user, encoder: { kind: vocabulary } }\nmodel: { terms: [{ kind: linear, features: [user] }] }",
    );
    expect(found).toHaveLength(2);
    expect(found.join("\n")).not.toContain("no feature");
  });
});

describe("hostile files", () => {
  it("are refused when large, and alias bombs are not expanded", () => {
    expect(messageOf(`# ${"x".repeat(1_000_001)}`)).toContain("expected at most 1000000");
    const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(10)}]`);
    expect(messageOf(`a0: &a0 [x]\n${levels.join("\n")}\n`)).toMatch(/alias/i);
  });

  it("name nothing that is looked up: prototype keys are unknown keys", () => {
    const found = messagesOf(
      `${base}constructor: 1\nlearner: { terms: { toString: { kind: frozen } } }\nmodel: { terms: [{ kind: bias }] }`,
    );
    expect(found.map((message) => message.replace(/: found.*/, ""))).toEqual([
      "line 6:1: constructor",
      "line 7:21: learner.terms.toString",
    ]);
  });
});
