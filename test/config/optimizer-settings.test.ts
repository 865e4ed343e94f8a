import { expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { UnbatchError } from "../../src/core/errors.js";

const yaml = (learner: string): string => `version: 1
log: { time: time, label: clicked }
features:
  - { name: user, encoder: { kind: vocabulary } }
  - { name: item, encoder: { kind: vocabulary } }
model: { terms: [{ kind: linear, features: [user] }, { kind: dot, left: user, right: item, width: WIDTH }, { kind: deep, inputs: [{ feature: user, width: 2 }], hidden: [2] }] }
learner: ${learner}
`;
const refused = (learner: string, width = "2"): string => {
  try {
    parseConfig(yaml(learner).replace("WIDTH", width), "unbatch.yaml");
  } catch (error) {
    if (error instanceof UnbatchError && error.exitCode === 2) return error.message;
    throw error;
  }
  return "taken";
};

/** A learner, and the name that the refusal must say. */
const SENSELESS: readonly [learner: string, named: string][] = [
  ...["sgd", "adagrad", "rowwise-adagrad", "ftrl", "adam"].flatMap((kind) =>
    ["0", "-0.1", ".nan", ".inf", "fast", "~"].map((rate): [string, string] => [
      `{ optimizer: { kind: ${kind}, rate: ${rate} } }`,
      `optimizer.rate: found ${{ ".nan": "NaN", ".inf": "Infinity", fast: '"fast"', "~": "null" }[rate] ?? rate}; expected a number`,
    ]),
  ),
  ["{ optimizer: { kind: sgd } }", "optimizer.rate: found nothing"],
  ["{ optimizer: { kind: sgd, rate: 0.1, momentum: 1 } }", "optimizer.momentum"],
  ["{ optimizer: { kind: sgd, rate: 0.1, momentum: -0.5 } }", "optimizer.momentum"],
  ["{ optimizer: { kind: sgd, rate: 0.1, l1: -1 } }", "optimizer.l1"],
  ["{ optimizer: { kind: sgd, rate: 0.1, beta1: 0.9 } }", "optimizer.beta1"],
  [
    "{ optimizer: { kind: sgd, rate: 0.1, l2: 11 } }",
    "optimizer.l2: found 11, of which a step with rate 0.1",
  ],
  ["{ optimizer: { kind: sgd, rate: 0.1, rateFloor: 0.01 } }", "optimizer.rateFloor"],
  ["{ optimizer: { kind: adagrad, rate: 0.1, beta1: 0.9 } }", "optimizer.beta1"],
  ["{ optimizer: { kind: adagrad, rate: 0.1, momentum: 0.9 } }", "optimizer.momentum"],
  ["{ optimizer: { kind: adagrad, rate: 0.1, l2: -1 } }", "optimizer.l2"],
  ["{ optimizer: { kind: adagrad, rate: 0.1, initialAccumulator: -1 } }", "optimizer.initialAccumulator"],
  ["{ optimizer: { kind: adagrad, rate: 0.1, initialAccumulator: 0, epsilon: 0 } }", "optimizer.epsilon"],
  ["{ optimizer: { kind: adagrad, rate: 0.1, clipNorm: 0 } }", "optimizer.clipNorm"],
  ["{ optimizer: { kind: adagrad, rate: 0.1, warmUpSteps: 0 } }", "optimizer.warmUpSteps"],
  ["{ optimizer: { kind: rowwise-adagrad, rate: 0.1, beta2: 0.9 } }", "optimizer.beta2"],
  ["{ optimizer: { kind: ftrl, rate: 0.1, momentum: 0.9 } }", "optimizer.momentum"],
  ["{ optimizer: { kind: ftrl, rate: 0.1, beta: -1 } }", "optimizer.beta"],
  ["{ optimizer: { kind: adam, rate: 0.1, beta1: 1 } }", "optimizer.beta1"],
  ["{ optimizer: { kind: adam, rate: 0.1, beta2: 1 } }", "optimizer.beta2"],
  ["{ optimizer: { kind: adam, rate: 0.1, epsilon: 0 } }", "optimizer.epsilon"],
  [
    "{ optimizer: { kind: adam, rate: 0.1, l1: 0.1 } }",
    "optimizer.l1: found a setting of sgd, adagrad, rowwise-adagrad or ftrl, which adam does not have; expected kind, rate, beta1",
  ],
  ["{ optimizer: { kind: frozen, rate: 0.1 } }", "which frozen does not have"],
  ["{ optimizer: { kind: sgd, rate: 0.1 }, batchSize: 0 }", "learner.batchSize"],
  ["{ optimizer: { kind: sgd, rate: 0.1 }, batchSize: 1.5 }", "learner.batchSize"],
  [
    "{ optimizer: { kind: sgd, rate: 1, momentum: 0.9 }, terms: { deep: { kind: frozen } } }",
    "learner.optimizer.momentum: found momentum for linear or dot, of which it would move rows alone",
  ],
  [
    "{ optimizer: { kind: frozen }, terms: { deep: { kind: sgd, rate: 1, momentum: 0.9 }, deep/layers: { kind: frozen } } }",
    "terms.deep.momentum: found momentum for deep, of which it would move rows alone",
  ],
  ["{ optimizer: { kind: sgd, rate: 0.1 }, terms: { dot: { kind: sgd, rate: -1 } } }", "terms.dot.rate"],
];

it.each(SENSELESS)("%s is refused by name", (learner, named) => {
  expect(refused(learner)).toContain(named);
});

it("refuses vectors of no numbers, and takes what makes sense", () => {
  expect(refused("{ optimizer: { kind: sgd, rate: 0.1 } }", "0")).toContain("model.terms.1.width");
  for (const sensible of [
    "{ kind: sgd, rate: 0.1, l1: 0.1 }",
    "{ kind: sgd, rate: 0.1, l2: 10 }",
    "{ kind: sgd, rate: 0.1, momentum: 0.9 }",
    "{ kind: adagrad, rate: 0.1, epsilon: 0 }",
    "{ kind: ftrl, rate: 0.1, beta: 0 }",
    "{ kind: adam, rate: 0.1, beta1: 0, beta2: 0 }",
  ])
    expect(refused(`{ optimizer: ${sensible} }`), sensible).toBe("taken");
  const layers = "terms: { deep: { kind: frozen }, deep/layers: { kind: sgd, rate: 1, momentum: 0.9 } }";
  expect(refused(`{ optimizer: { kind: frozen }, ${layers} }`)).toBe("taken");
});

it("refuses how a policy learns that never does", () => {
  const policy = (kind: string): string =>
    refused(
      `{ optimizer: { kind: sgd, rate: 0.1 } }\ncompare: { policies: [{ name: a, kind: ${kind}, learner: { batchSize: 8 } }] }`,
    );
  for (const kind of ["frozen", "floor"])
    expect(policy(kind)).toContain(
      `compare.policies.0.learner: found a setting of stateless, warm or online, which ${kind} does not have`,
    );
  expect(policy("online")).toBe("taken");
});
