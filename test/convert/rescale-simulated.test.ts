import { describe, expect, it } from "vitest";
import { convert } from "../../src/convert/convert.js";
import { lookBefore } from "../../src/convert/look-before.js";
import type { OptimizerSpec } from "../../src/core/model-spec.js";
import { seededRandom } from "../../src/core/random.js";
import { newModel } from "../../src/model/create.js";
import { plainLearner } from "../../src/model/learner.js";
import { loadState, saveState } from "../../src/model/load.js";
import type { ModelState } from "../../src/model/state.js";
import { batchOf } from "../support/learner.js";
import { specOf } from "../support/models.js";
import { checkpointOf, configOf, slotsOf, tensorOf } from "./checkpoints.js";

const EVENTS = 60_000;
const BATCH = 256;
const USERS = 4000;
const ADAGRAD: OptimizerSpec = {
  ...{
    kind: "adagrad",
    rate: 0.05,
    initialAccumulator: 0.1,
    epsilon: 1e-10,
    epsilonPlacement: "outside",
    l2: 0,
  },
};
const FEATURES = [
  { name: "user", column: "user", encoder: { kind: "identity", size: USERS, outOfRange: "reject" } },
] as const;

/** Clicks of users whose rates differ, the first of them far more often than the last. */
function events(): ReturnType<typeof batchOf> {
  const random = seededRandom(12);
  const users = Array.from({ length: EVENTS }, () => Math.floor(USERS * random.uniform() ** 4));
  const taste = Array.from({ length: USERS }, () => random.normal());
  const labels = users.map((user) =>
    random.uniform() < 1 / (1 + Math.exp(1.5 - (taste[user] ?? 0))) ? 1 : 0,
  );
  return batchOf({ labels, codes: { user: users } });
}

function trained(batch: ReturnType<typeof batchOf>, batchSize: number): ModelState {
  const terms = [
    { kind: "bias", name: "bias" },
    { kind: "linear", name: "linear", features: ["user"] },
  ] as const;
  const state = loadState(
    newModel(specOf(terms, { optimizer: ADAGRAD, batchSize, features: FEATURES })),
    new Map(),
  );
  const learner = plainLearner(state);
  learner.over(batch).learn(0, batch.rows);
  learner.flush();
  return state;
}

const accumulators = (state: ModelState, table: string): Float64Array =>
  Float64Array.from(state.table(table).slots[0] ?? []);

describe("rescaled accumulators of a simulated training in batches", () => {
  it("are near those of learning one by one, where the saved ones are not", () => {
    const batch = events();
    const [inBatches, oneByOne] = [trained(batch, BATCH), trained(batch, 1)];
    const tensor = (name: string, values: ArrayLike<number>) =>
      tensorOf(name, [values.length, 1], Array.from(values));
    const saved = (name: string, table: string) =>
      slotsOf("adagrad", name, { accumulator: tensor("accumulator", accumulators(inBatches, table)) });
    const checkpoint = checkpointOf(
      {
        global_bias: tensor("global_bias", inBatches.table("bias").weights),
        "user_bias.weight": tensor("user_bias.weight", inBatches.table("linear/user").weights),
      },
      {
        slots: [saved("global_bias", "bias"), saved("user_bias.weight", "linear/user")],
        hyperparameters: { lr: 0.05, initial_accumulator_value: 0.1 },
      },
    );
    const config = configOf({
      features: [{ name: "user", encoder: { kind: "identity", size: USERS } }],
      checkpoint: { training: { batchSize: BATCH, reduction: "mean", events: EVENTS } },
    });
    const given = { checkpoint, config, vocabularies: new Map(), where: "model.pt" };
    const fresh = convert(given, { slots: "fresh", precision: "float64" });
    const seen = lookBefore(fresh.model, { batch, newIds: new Map() });
    const rescaled = loadState(
      convert({ ...given, seen }, { slots: "rescaled", precision: "float64" }).model,
      new Map(),
    );
    expect(saveState(fresh.model, rescaled).tensors.size).toBe(4);

    const counts = seen.counts.get("user") ?? [];
    const [truth, found, exact] = [oneByOne, rescaled, inBatches].map((state) =>
      accumulators(state, "linear/user"),
    );
    const ratios = (from: Float64Array | undefined, least: number, most: number): number[] =>
      Array.from(counts).flatMap((count, row) => {
        const aBatch = (BATCH * count) / EVENTS;
        const isIn = count >= 3 && aBatch >= least && aBatch < most;
        return isIn ? [((from?.[row] ?? 0) - 0.1) / ((truth?.[row] ?? 0) - 0.1)] : [];
      });
    const median = (list: number[]): number =>
      list.sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
    const [rare, some, often] = [
      ratios(found, 0, 0.1),
      ratios(found, 0.1, 1),
      ratios(found, 1, Number.POSITIVE_INFINITY),
    ];
    expect(Math.min(rare.length, some.length, often.length)).toBeGreaterThan(10);
    expect(Math.abs(median(rare) - 1)).toBeLessThan(0.25);
    expect(Math.abs(median(some) - 1)).toBeLessThan(0.3);
    expect(Math.abs(median(often) - 1)).toBeLessThan(0.25);
    expect(median(ratios(exact, 0, 0.1))).toBeLessThan(1e-4);
    const bias = (state: ModelState): number => (accumulators(state, "bias")[0] ?? 0) - 0.1;
    expect(bias(rescaled) / bias(oneByOne)).toBeGreaterThan(0.8);
    expect(bias(rescaled) / bias(oneByOne)).toBeLessThan(1.2);
    // B^2 for the bias would be far too much: that is why it stands apart.
    expect((bias(inBatches) * BATCH ** 2) / bias(oneByOne)).toBeGreaterThan(5);
  });
});
