import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import { UnbatchError } from "../../src/core/errors.js";
import { packTexts } from "../../src/core/text-list.js";
import { newModel } from "../../src/model/create.js";
import { loadState } from "../../src/model/load.js";
import type { OnlineModel } from "../../src/model/model.js";
import { refuseTooLarge, stateBytes } from "../../src/model/state-size.js";
import { Learners } from "../../src/replay/learners.js";
import { batchOf } from "../support/learner.js";

function modelOf(buckets: number, learner = "precision: float64"): OnlineModel {
  const text = `version: 1
log: { time: time, label: clicked }
features:
  - { name: user, encoder: { kind: vocabulary } }
  - { name: item, encoder: { kind: hash, buckets: ${buckets} } }
model: { terms: [{ kind: bias }, { kind: linear, features: [user, item] }, { kind: dot, left: user, right: item, width: 4, noise: 0.1 }] }
learner: { optimizer: { kind: adagrad, rate: 0.1 }, ${learner} }
`;
  return newModel(modelSpecOf(parseConfig(text, "unbatch.yaml")));
}

const limit = (bytes: number) => ({ bytes, of: "the memory of this test" });
function errorOf(work: () => void): UnbatchError {
  try {
    work();
  } catch (error) {
    if (error instanceof UnbatchError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("the size of a state", () => {
  it("is what its tables take", () => {
    for (const learner of ["precision: float64", "precision: float32"]) {
      const model = modelOf(1000, learner);
      const { tables } = loadState(model, new Map());
      const bytes = tables.flatMap(({ weights, slots }) => [weights, ...slots]).map((one) => one.byteLength);
      expect(stateBytes(model)).toBe(bytes.reduce((sum, size) => sum + size, 0));
    }
  });

  it("is refused with the arithmetic, the largest table and what makes it smaller", () => {
    const model = modelOf(2_000_000);
    const { message, exitCode } = errorOf(() => refuseTooLarge(model, limit(159e6)));
    expect(exitCode).toBe(2);
    expect(message).toContain(
      "dot/item: 2,000,000 rows x (4 weights + 4 in slots) x 8 bytes = 128,000,000 bytes",
    );
    expect(message).toContain("at most 159,000,000 bytes, the memory of this test");
    for (const way of ["fewer buckets for item", "float32", "rowwise-adagrad"])
      expect(message).toContain(way);
    refuseTooLarge(model, limit(161e6));
    expect(errorOf(() => refuseTooLarge(model, limit(161e6), 2)).message).toContain("held 2 times");
    expect(errorOf(() => refuseTooLarge(modelOf(2 ** 31 - 1), limit(1e15))).message).toContain(
      "table dot/item: 2,147,483,647 rows",
    );
  });

  it("stops a run whose new ids need more than there is, before any of them has a row", () => {
    const model = modelOf(10);
    const learners = new Learners(model, undefined, {
      ...{ publishes: false, shadows: false },
      memory: limit(stateBytes(model) + 100 * 80),
    });
    const ids = (from: number, to: number) =>
      new Map([["user", packTexts(Array.from({ length: to - from }, (_, at) => `id ${from + at}`))]]);
    expect(learners.addNewIds(ids(0, 50))).toBe(true);
    learners.learner.over(batchOf({ labels: [1], codes: { user: [-1], item: [3] } })).learn(0, 1);
    const { message, exitCode } = errorOf(() => learners.addNewIds(ids(50, 1000)));
    expect(exitCode).toBe(3);
    expect(message).toContain("feature user: 999 new ids x 80 bytes a row");
    expect(learners.learner.state.rows("user").rows).toBe(2);
  });
});
