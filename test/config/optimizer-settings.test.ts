import { expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { UnbatchError } from "../../src/core/errors.js";

const yaml = (learner: string): string => `version: 1
log: { time: time, label: clicked }
features:
  - { name: user, encoder: { kind: vocabulary } }
  - { name: item, encoder: { kind: vocabulary } }
model: { terms: [{ kind: linear, features: [user] }, { kind: dot, left: user, right: item, width: WIDTH }] }
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
  ["{ optimizer: { kind: sgd, rate: -0.1 } }", "optimizer.rate"],
  ["{ optimizer: { kind: sgd, rate: .nan } }", "optimizer.rate"],
  ["{ optimizer: { kind: sgd, rate: .inf } }", "optimizer.rate"],
  ["{ optimizer: { kind: ftrl, rate: 0 } }", "optimizer.rate"],
  ["{ optimizer: { kind: sgd, rate: 0.1, momentum: 1 } }", "optimizer.momentum"],
  ["{ optimizer: { kind: sgd, rate: 0.1, momentum: -0.5 } }", "optimizer.momentum"],
  ["{ optimizer: { kind: sgd, rate: 0.1, l1: -1 } }", "optimizer.l1"],
  ["{ optimizer: { kind: sgd, rate: 0.1, beta1: 0.9 } }", "optimizer.beta1"],
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
  ["{ optimizer: { kind: adam, rate: 0.1, l1: 0.1 } }", "optimizer.l1"],
  ["{ optimizer: { kind: frozen, rate: 0.1 } }", "optimizer.rate"],
  ["{ optimizer: { kind: sgd, rate: 0.1 }, batchSize: 0 }", "learner.batchSize"],
  ["{ optimizer: { kind: sgd, rate: 0.1 }, batchSize: 1.5 }", "learner.batchSize"],
  ["{ optimizer: { kind: sgd, rate: 0.1 }, terms: { dot: { kind: sgd, rate: -1 } } }", "terms.dot.rate"],
];

it.each(SENSELESS)("%s is refused by name", (learner, named) => {
  expect(refused(learner)).toContain(named);
});

it("refuses vectors of no numbers, and takes what makes sense", () => {
  expect(refused("{ optimizer: { kind: sgd, rate: 0.1 } }", "0")).toContain("model.terms.1.width");
  expect(refused("{ optimizer: { kind: sgd, rate: 0.1, l1: 0.1 } }")).toBe("taken");
  expect(refused("{ optimizer: { kind: adagrad, rate: 0.1, epsilon: 0 } }")).toBe("taken");
});
