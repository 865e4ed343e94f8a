import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UnbatchError } from "../../../src/core/errors.js";
import type { ModelSpec, OptimizerSpec, TermSpec } from "../../../src/core/model-spec.js";
import { newModel } from "../../../src/model/create.js";
import { plainLearner } from "../../../src/model/learner.js";
import { loadState, saveState } from "../../../src/model/load.js";
import type { ModelState } from "../../../src/model/state.js";
import { batchOf } from "../../support/learner.js";
import { deepOf, specOf } from "../../support/models.js";

const adagradOf = { initialAccumulator: 0, epsilon: 0, epsilonPlacement: "outside", l2: 0 } as const;
const adam: OptimizerSpec = {
  ...{ kind: "adam", rate: 0.1, beta1: 0.5, beta2: 0.5, epsilon: 1e-3, touch: "lazy", l2: 0 },
};
const linear: TermSpec = { kind: "linear", name: "linear", features: ["user"] };
const dot: TermSpec = { kind: "dot", name: "dot", left: "user", right: "item", width: 2 };

function begin(
  terms: readonly TermSpec[],
  optimizer: OptimizerSpec,
  more: Partial<ModelSpec> = {},
): ModelState {
  return loadState(newModel({ ...specOf(terms, { link: "squared", optimizer }), ...more }), new Map());
}

/** Learns events of user 1 under the squared link, from zero: the gradient is score - label. */
function learn(state: ModelState, labels: readonly number[]): void {
  const zeros = labels.map(() => 0);
  const batch = batchOf({
    labels,
    codes: { user: labels.map(() => 1), item: zeros },
    values: { price: zeros, age: zeros },
  });
  plainLearner(state).over(batch).learn(0, labels.length);
}

/** The weight of user 1 after each of these labels, its gradient being what a plain loop says. */
function weights(optimizer: OptimizerSpec, labels: readonly number[]): number[] {
  const state = begin([linear], optimizer);
  return labels.map((label) => {
    learn(state, [label]);
    return state.table("linear/user").weights[1] ?? Number.NaN;
  });
}

describe("SGD", () => {
  it("by 1/sqrt(t), warmed up, down to its floor", () => {
    const labels = Array.from({ length: 30 }, (_, t) => (t % 3) - 0.5);
    const found = weights(
      { kind: "sgd", rate: 0.3, l2: 0.01, schedule: "inverse-sqrt", rateFloor: 0.1, warmUpSteps: 4 },
      labels,
    );
    let w = 0;
    labels.forEach((label, index) => {
      const t = index + 1;
      const rate = Math.max(0.3 / Math.sqrt(t), 0.1) * Math.min(1, t / 4);
      w -= rate * (w - label + 0.01 * w);
      expect(found[index]).toBeCloseTo(w, 14);
    });
  });

  it("with momentum moves layers and biases at every update, and rows as without", () => {
    const terms: TermSpec[] = [{ kind: "bias", name: "bias" }, linear];
    const state = begin(terms, { kind: "sgd", rate: 0.1, l2: 0, momentum: 0.9 });
    let [bias, moment, weight] = [0, 0, 0];
    for (const label of [1, 2, -1]) {
      const g = bias + weight - label;
      moment = 0.9 * moment + g;
      bias -= 0.1 * moment;
      weight -= 0.1 * g;
      learn(state, [label]);
    }
    expect(state.table("bias").weights[0]).toBeCloseTo(bias, 14);
    expect(state.table("bias").slots[0]?.[0]).toBeCloseTo(moment, 14);
    expect(state.table("linear/user").weights[1]).toBeCloseTo(weight, 14);
    expect(state.table("linear/user").slots).toEqual([]);
  });
});

describe("L1", () => {
  it("takes rate x l1 more off a touched weight, and stops at zero", () => {
    expect(weights({ kind: "sgd", rate: 0.5, l2: 0, l1: 0.2 }, [1])[0]).toBeCloseTo(0.5 - 0.1, 14);
    expect(weights({ kind: "sgd", rate: 0.5, l2: 0, l1: 2 }, [1])).toEqual([0]);
    // Adagrad's first step is the rate whatever the gradient: 0.5 - 0.5 / |g| x l1.
    const first = weights({ kind: "adagrad", rate: 0.5, ...adagradOf, l1: 0.2 }, [4])[0];
    expect(first).toBeCloseTo(0.5 - (0.5 / 4) * 0.2, 14);
    const rowwise = weights({ kind: "rowwise-adagrad", rate: 0.5, ...adagradOf, l1: 0.2 }, [4])[0];
    expect(rowwise).toBeCloseTo(first ?? 0, 14);
  });
});

describe("row-wise Adagrad", () => {
  it("has one accumulator a row, of the mean of squares", () => {
    const state = begin([dot], { kind: "rowwise-adagrad", rate: 0.1, ...adagradOf, l2: 0.5 });
    const [user, item] = [state.table("dot/user"), state.table("dot/item")];
    user.weights.set([1, 2], 2);
    item.weights.set([3, -1], 0);
    learn(state, [3]);
    const g = 1 * 3 + 2 * -1 - 3;
    const own = [g * 3 + 0.5 * 1, g * -1 + 0.5 * 2];
    const n = ((own[0] ?? 0) ** 2 + (own[1] ?? 0) ** 2) / 2;
    expect(user.slots[0]).toHaveLength(3);
    expect([...(user.slots[0] ?? [])]).toEqual([0, n, 0]);
    expect(user.weights[2]).toBeCloseTo(1 - (0.1 * (own[0] ?? 0)) / Math.sqrt(n), 14);
    expect(user.weights[3]).toBeCloseTo(2 - (0.1 * (own[1] ?? 0)) / Math.sqrt(n), 14);
    expect(user.effectiveRate(1, 1)).toBeCloseTo(0.1 / Math.sqrt(n), 14);
    expect(user.effectiveRate(0, 0)).toBeUndefined();
  });

  it("is Adagrad where rows are one number wide", () => {
    const labels = [1, -2, 3, 0.5, 0];
    const settings = {
      rate: 0.3,
      initialAccumulator: 0.1,
      epsilon: 0.01,
      epsilonPlacement: "inside",
      l2: 0.1,
    } as const;
    expect(weights({ kind: "rowwise-adagrad", ...settings }, labels)).toEqual(
      weights({ kind: "adagrad", ...settings }, labels),
    );
  });
});

describe("a floor", () => {
  it("keeps Adagrad's effective rate from decaying to nothing", () => {
    const state = begin([linear], { kind: "adagrad", rate: 0.1, ...adagradOf, rateFloor: 0.05 });
    const table = state.table("linear/user");
    learn(state, [1]);
    expect(table.effectiveRate(1, 0)).toBeCloseTo(0.1, 14);
    learn(state, [100, -100, 100]);
    expect(table.effectiveRate(1, 0)).toBeCloseTo(0.05, 14);
    const before = table.weights[1] ?? 0;
    learn(state, [before + 2]);
    expect(table.weights[1]).toBeCloseTo(before + 0.1, 12);
  });
});

describe("a clipped gradient", () => {
  it("keeps its direction and has the norm, and a shorter one is as it was", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 10, noNaN: true }), (clipNorm) => {
        const steps = [undefined, clipNorm].map((norm) => {
          const state = begin([dot], { kind: "sgd", rate: 1, l2: 0, clipNorm: norm });
          const user = state.table("dot/user");
          user.weights.set([1, 2], 2);
          state.table("dot/item").weights.set([3, -1], 0);
          learn(state, [3]);
          return [1 - (user.weights[2] ?? 0), 2 - (user.weights[3] ?? 0)];
        });
        const [free = [], clipped = []] = steps;
        const norm = Math.hypot(...free);
        const share = Math.min(1, clipNorm / norm);
        clipped.forEach((step, k) => {
          expect(step).toBeCloseTo((free[k] ?? 0) * share, 12);
        });
      }),
    );
  });
});

describe("Adam", () => {
  it("lazily leaves rows without a gradient, and densely moves them by their momentum", () => {
    for (const touch of ["lazy", "dense"] as const) {
      const state = begin([linear], { ...adam, touch });
      learn(state, [1]);
      const before = state.table("linear/user").weights[1] ?? 0;
      const other = batchOf({ labels: [1], codes: { user: [0] } });
      plainLearner(state).over(other).learn(0, 1);
      const moved = (state.table("linear/user").weights[1] ?? 0) - before;
      expect(moved !== 0).toBe(touch === "dense");
      expect(state.table("linear/user").steps).toBe(2);
    }
  });

  it("goes on after saving and loading as if it had never stopped, with its count of updates", () => {
    const terms = [linear, dot, deepOf([{ kind: "embedding", feature: "user", width: 2 }], [3], "tanh")];
    const newRows = { "dot/user": { noise: 1 }, "dot/item": { noise: 1 }, "deep/kernel_0": { noise: 1 } };
    const optimizers: OptimizerSpec[] = [
      adam,
      { ...adam, touch: "dense", warmUpSteps: 5 },
      { kind: "sgd", rate: 0.1, l2: 0, schedule: "inverse-sqrt", momentum: 0.5 },
      { kind: "rowwise-adagrad", rate: 0.1, ...adagradOf, warmUpSteps: 5 },
    ];
    for (const optimizer of optimizers) {
      const whole = begin(terms, optimizer, { newRows });
      const first = begin(terms, optimizer, { newRows });
      learn(whole, [1, 2, 3]);
      learn(whole, [0, -1]);
      learn(first, [1, 2, 3]);
      const saved = saveState(newModel(first.spec), first);
      const second = loadState(saved, new Map());
      learn(second, [0, -1]);
      const plain = (state: ModelState): unknown =>
        [...saveState(saved, state).tensors].map(([name, { values }]) => [name, [...values()]]);
      expect(plain(second)).toEqual(plain(whole));
      const steps = saveState(saved, second).tensors.get("linear/user/steps");
      expect([steps?.shape, steps?.values()[0]]).toEqual([[1, 1], 5]);
      const copy = first.derive(first.spec.learner);
      learn(copy, [0, -1]);
      expect(plain(copy)).toEqual(plain(whole));
    }
  });

  it("begins anew under another kind of optimizer that keeps the same slots", () => {
    const first = begin([linear], { kind: "sgd", rate: 0.1, l2: 0 });
    learn(first, [1, 2, 3]);
    const frozen = first.derive({ ...first.spec.learner, optimizers: { linear: { kind: "frozen" } } });
    expect(frozen.table("linear/user").steps).toBe(0);
    expect([...frozen.table("linear/user").weights]).toEqual([...first.table("linear/user").weights]);
  });
});

describe("a rate that diverges", () => {
  it("stops at the update that made a weight infinite, with term, feature, row and rate", () => {
    const optimizers: OptimizerSpec[] = [
      { kind: "sgd", rate: 1e200, l2: 0 },
      { kind: "sgd", rate: 1e200, l2: 0, momentum: 0.5 },
    ];
    for (const optimizer of optimizers) {
      const state = begin([linear, { kind: "bias", name: "bias" }], optimizer);
      let thrown: unknown;
      for (let update = 0; update < 10 && thrown === undefined; update++) {
        try {
          learn(state, [1]);
        } catch (error) {
          thrown = error;
        }
      }
      expect(thrown).toBeInstanceOf(UnbatchError);
      if (thrown instanceof UnbatchError) {
        expect(thrown.exitCode).toBe(3);
        expect(thrown.message).toMatch(
          /^term linear, user, row 1, update \d+: a weight of (NaN|-?Infinity) \(norm of the gradient .*, rate 1e\+200, effective rate .*\)/,
        );
      }
    }
  });
});
