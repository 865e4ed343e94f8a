import { describe, expect, it } from "vitest";
import { checkPolicyTerms, policyLearner } from "../../src/compare/settings.js";
import type { PolicyConfig } from "../../src/config/config.js";
import type { LearnerSpec, OptimizerSpec, TermSpec } from "../../src/core/model-spec.js";

const sgd = (rate: number): OptimizerSpec => ({ kind: "sgd", rate, l2: 0 });
const TERMS: TermSpec[] = [
  { kind: "bias", name: "bias" },
  {
    kind: "deep",
    name: "deep",
    inputs: [{ kind: "embedding", feature: "user", width: 2 }],
    layers: [{ units: 1, activation: "linear" }],
  },
];
/** A converted model whose layers stay as they are. */
const CONVERTED: LearnerSpec = {
  link: "logistic",
  optimizers: { bias: sgd(0.1), deep: sgd(0.1), "deep/layers": { kind: "frozen" } },
  batchSize: 1,
  precision: "float64",
  seed: 1,
};
const optimizersOf = (policy: object): Record<string, OptimizerSpec> =>
  policyLearner(CONVERTED, TERMS, { name: "p", ...policy } as PolicyConfig).optimizers;
const SCRATCH = { kind: "online", from: "scratch" } as const;

describe("the layers' own optimizer of a converted model", () => {
  it("is of policies that go on from it, not of those that begin from scratch", () => {
    expect(optimizersOf({ kind: "online", from: "checkpoint" })).toEqual(CONVERTED.optimizers);
    const learned = { bias: sgd(0.1), deep: sgd(0.1) };
    expect(optimizersOf(SCRATCH)).toEqual(learned);
    const nightly = {
      kind: "stateless",
      window: "all",
      every: 1,
      epochs: 1,
      cut: "known",
      publishAfter: 0,
    } as const;
    expect(optimizersOf(nightly)).toEqual(learned);
  });

  it("gives way to what the policy says of the term, and is what it says of the layers", () => {
    const term = { kind: "online", from: "checkpoint", learner: { terms: { deep: sgd(0.2) } } } as const;
    expect(optimizersOf(term)).toEqual({ bias: sgd(0.1), deep: sgd(0.2) });
    const layers = { ...SCRATCH, learner: { terms: { "deep/layers": sgd(0.01) } } };
    expect(optimizersOf(layers)).toEqual({ bias: sgd(0.1), deep: sgd(0.1), "deep/layers": sgd(0.01) });
    const policy = (key: string): PolicyConfig => ({
      name: "p",
      ...SCRATCH,
      learner: { terms: { [key]: sgd(1) } },
    });
    expect(() => checkPolicyTerms([policy("deep/layers")], TERMS)).not.toThrow();
    expect(() => checkPolicyTerms([policy("bias/layers")], TERMS)).toThrow(
      /no term "bias\/layers" that learns/,
    );
  });
});
