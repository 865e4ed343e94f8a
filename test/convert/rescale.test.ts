import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Converted, convert } from "../../src/convert/convert.js";
import { lookBefore, lossOfLearning } from "../../src/convert/look-before.js";
import type { SeenBefore } from "../../src/convert/rescale.js";
import type { SlotMode } from "../../src/convert/slots.js";
import { seededRandom } from "../../src/core/random.js";
import { newModel } from "../../src/model/create.js";
import { plainLearner } from "../../src/model/learner.js";
import { loadState, saveState } from "../../src/model/load.js";
import { batchOf } from "../support/learner.js";
import { specOf } from "../support/models.js";
import { checkpointOf, configOf, slotsOf, tensorOf } from "./checkpoints.js";

const ROWS = 40;
const WEIGHTS = "user_bias.weight";
const BIAS = "global_bias";
const weights = Array.from({ length: ROWS }, (_, row) => row / 100);
const sums = Array.from({ length: ROWS }, (_, row) => 0.1 + row / 1000);

/** One weight a user and a bias, with the slots that its optimizer left. */
function convertWith(
  slots: SlotMode,
  options: {
    optimizer?: "adagrad" | "ftrl" | "adam";
    training?: object;
    seen?: SeenBefore;
    batchSize?: number;
    steps?: number;
  } = {},
): Converted {
  const { optimizer = "adagrad", training, seen, batchSize = 1, steps } = options;
  const names = { adagrad: ["accumulator"], ftrl: ["accumulator", "linear"], adam: ["m", "v"] }[optimizer];
  const slot = (tensor: string, shape: number[], values: readonly number[]) => ({
    ...slotsOf(
      optimizer,
      tensor,
      Object.fromEntries(names.map((name) => [name, tensorOf(name, shape, values)])),
    ),
    ...(steps === undefined ? {} : { steps }),
  });
  const checkpoint = checkpointOf(
    { [BIAS]: tensorOf(BIAS, [1], [0.5]), [WEIGHTS]: tensorOf(WEIGHTS, [ROWS, 1], weights) },
    {
      slots: [slot(BIAS, [1], [3]), slot(WEIGHTS, [ROWS, 1], sums)],
      hyperparameters: { lr: 0.05, initial_accumulator_value: 0.1 },
    },
  );
  const config = configOf({
    features: [{ name: "user", encoder: { kind: "identity", size: ROWS } }],
    learner: { batchSize },
    checkpoint: { ...(training === undefined ? {} : { training }) },
  });
  const given = {
    checkpoint,
    config,
    vocabularies: new Map(),
    where: "model.pt",
    ...(seen === undefined ? {} : { seen }),
  };
  return convert(given, { slots, precision: "float64" });
}

const values = ({ model }: Converted, name: string): number[] =>
  Array.from(model.tensors.get(name)?.values() ?? [], Number);
const mean = { batchSize: 16, reduction: "mean" };
const fround = Math.fround;

describe("slots rescaled to single events", () => {
  it("grow by B^2 over the initial accumulator, which stays, where a batch holds a row at most once", () => {
    const found = values(convertWith("rescaled", { training: mean }), "linear/user/accumulator");
    expect(found.length).toBe(ROWS);
    found.forEach((sum, row) => {
      expect(sum).toBeCloseTo(0.1 + Math.max(0, fround(sums[row] ?? 0) - 0.1) * 256, 9);
    });
  });

  it("never scale what the source began with, though the learner begins elsewhere or the source does not say", () => {
    const slots = [slotsOf("adagrad", WEIGHTS, { accumulator: tensorOf("accumulator", [ROWS, 1], sums) })];
    const tensors = { [WEIGHTS]: tensorOf(WEIGHTS, [ROWS, 1], weights) };
    const config = configOf({
      features: [{ name: "user", encoder: { kind: "identity", size: ROWS } }],
      learner: { optimizer: { kind: "adagrad", rate: 0.05, initialAccumulator: 0 } },
      checkpoint: { training: mean },
    });
    const given = {
      checkpoint: checkpointOf(tensors, { slots }),
      config,
      vocabularies: new Map(),
      where: "model.pt",
    };
    const found = values(
      convert(given, { slots: "rescaled", precision: "float64" }),
      "linear/user/accumulator",
    );
    expect(found[0]).toBeCloseTo(0.1, 6);
    expect(found[5]).toBeCloseTo(0.1 + 0.005 * 256, 4);
  });

  it("are as saved where the loss was a sum, or the learner's batches are as large", () => {
    for (const more of [
      { training: { batchSize: 16, reduction: "sum" } },
      { training: mean, batchSize: 16 },
    ]) {
      const rescaled = convertWith("rescaled", more);
      const exact = convertWith("exact", more);
      expect(values(rescaled, "linear/user/accumulator")).toEqual(values(exact, "linear/user/accumulator"));
      expect(values(rescaled, "bias/accumulator")).toEqual([3]);
    }
  });

  it("take the half of a batch's events by the square of the ratio", () => {
    const found = values(
      convertWith("rescaled", { training: mean, batchSize: 8 }),
      "linear/user/accumulator",
    );
    expect(found[9]).toBeCloseTo(0.1 + (fround(0.109) - 0.1) * 4, 9);
  });

  it("begin fresh for the bias and for tables that a batch goes over, where no log was looked at", () => {
    expect(values(convertWith("rescaled", { training: mean }), "bias/accumulator")).toEqual([0.1]);
    const often = convertWith("rescaled", { training: { batchSize: 1000, reduction: "mean" } });
    expect(new Set(values(often, "linear/user/accumulator"))).toEqual(new Set([0.1]));
    expect(often.slots.map(({ note }) => note).join()).toContain(
      "begin fresh: no log from before the cut-off",
    );
  });

  it("have what was measured before the cut-off for those, as often as training saw them", () => {
    const counts = Float64Array.from({ length: ROWS }, (_, row) => (row === 7 ? 50 : 1));
    const squares = new Map([
      ["bias", () => 20],
      ["linear/user", () => 2],
    ]);
    const seen = { events: 100, squares, counts: new Map([["user", counts]]) };
    const training = { ...mean, events: 300 };
    const converted = convertWith("rescaled", { training, seen });
    expect(values(converted, "bias/accumulator")).toEqual([0.1 + 3 * 20]);
    const users = values(converted, "linear/user/accumulator");
    expect(users[7]).toBeCloseTo(0.1 + 3 * 2, 12);
    expect(users[8]).toBeCloseTo(0.1 + (fround(0.108) - 0.1) * 256, 9);
    expect(converted.slots.find(({ table }) => table === "linear/user")?.note).toBe(
      "39 rows by 16^2, 1 that a batch holds oftener than once as 100 rows before the cut-off had it",
    );
  });

  it("write FTRL's z from the weight and the new n", () => {
    const converted = convertWith("rescaled", { optimizer: "ftrl", training: mean });
    const [n, z] = ["n", "z"].map((slot) => values(converted, `linear/user/${slot}`));
    weights.forEach((weight, row) => {
      if (row === 0) return;
      expect(-(z?.[row] ?? 0) / (Math.sqrt(n?.[row] ?? 0) / 0.05)).toBeCloseTo(fround(weight), 9);
    });
  });

  it("scale Adam's m by B and v by its square on rare rows, and let beta decay as much over a batch", () => {
    const converted = convertWith("rescaled", { optimizer: "adam", training: mean, steps: 10 });
    const [m, v] = ["m", "v"].map((slot) => values(converted, `linear/user/${slot}`));
    sums.forEach((sum, row) => {
      expect(m?.[row]).toBeCloseTo(fround(sum) * 16, 9);
      expect(v?.[row]).toBeCloseTo(fround(sum) * 256, 9);
    });
    expect(values(converted, "linear/user/steps")).toEqual([160]);
    // The bias has no measure: its moments and its count begin anew.
    expect([...values(converted, "bias/m"), ...values(converted, "bias/v")]).toEqual([0, 0]);
    expect(values(converted, "bias/steps")).toEqual([]);
    const { optimizers } = converted.model.spec.learner;
    expect(optimizers["bias"]).toMatchObject({
      kind: "adam",
      beta1: 0.9 ** (1 / 16),
      beta2: 0.999 ** (1 / 16),
    });
    expect(optimizers["linear"]).toMatchObject({ beta1: 0.9 });
  });

  it("have Adam's v as a mean over the updates that were looked at, those that touch a row alone", () => {
    const counts = Float64Array.from({ length: ROWS }, (_, row) => (row === 7 ? 50 : 1));
    const squares = new Map([
      ["bias", () => 20],
      ["linear/user", () => 2],
    ]);
    const seen = { events: 100, squares, counts: new Map([["user", counts]]) };
    const converted = convertWith("rescaled", { optimizer: "adam", training: mean, steps: 10, seen });
    expect([values(converted, "bias/m"), values(converted, "bias/v")]).toEqual([[3], [20 / 100]]);
    expect(values(converted, "bias/steps")).toEqual([160]);
    expect(values(converted, "linear/user/v")[7]).toBe(2 / 50);
    expect(values(converted, "linear/user/m")[7]).toBeCloseTo(fround(0.107), 12);
    expect(values(converted, "linear/user/v")[8]).toBeCloseTo(fround(0.108) * 256, 9);
  });

  it("ask for the size of a batch", () => {
    expect(() => convertWith("rescaled")).toThrow(/no size of the batches[\s\S]*checkpoint.training/);
  });
});

describe("what rows before the cut-off say", () => {
  const spec = specOf(
    [
      { kind: "bias", name: "bias" },
      { kind: "linear", name: "linear", features: ["user"] },
    ],
    {
      optimizer: {
        kind: "adagrad",
        rate: 0.1,
        initialAccumulator: 0.1,
        epsilon: 0,
        epsilonPlacement: "outside",
        l2: 0,
      },
    },
  );
  const draw = (seed: number, rows: number) => {
    const random = seededRandom(seed);
    return batchOf({
      labels: Array.from({ length: rows }, () => (random.uniform() < 0.3 ? 1 : 0)),
      codes: { user: Array.from({ length: rows }, () => Math.floor(3 * random.uniform())) },
    });
  };

  it("is the sum of squared gradients with the weights at rest, and how often each row came", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const model = newModel(spec);
        const batch = draw(seed, 50);
        const seen = lookBefore(model, { batch, newIds: new Map() });
        // At weights of zero every gradient is 1/2 or -1/2.
        expect(seen.squares.get("bias")?.(0, 0)).toBeCloseTo(50 / 4, 12);
        const counts = seen.counts.get("user") ?? [];
        expect(Array.from(counts).reduce((sum, count) => sum + count, 0)).toBe(50);
        for (let row = 0; row < 3; row++)
          expect(seen.squares.get("linear/user")?.(row, 0)).toBeCloseTo((counts[row] ?? 0) / 4, 12);
      }),
      { numRuns: 20 },
    );
  });

  it("is the loss of scoring each row before it is learned", () => {
    const batch = draw(5, 200);
    const model = newModel(spec);
    const loss = lossOfLearning(model, { batch, newIds: new Map() });
    const state = loadState(model, new Map());
    const learner = plainLearner(state).over(batch);
    let sum = 0;
    const scores = new Float64Array(200);
    for (let row = 0; row < 200; row++) {
      learner.score(row, row + 1, scores);
      const p = 1 / (1 + Math.exp(-(scores[row] ?? 0)));
      sum -= Math.log(batch.label[row] === 1 ? p : 1 - p);
      learner.learn(row, row + 1);
    }
    expect(loss).toBeCloseTo(sum / 200, 12);
    // A model that has learned these rows loses less on them.
    expect(lossOfLearning(saveState(model, state), { batch, newIds: new Map() })).toBeLessThan(loss);
  });
});
