import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/convert/checkpoint.js";
import { convert } from "../../src/convert/convert.js";
import { openCheckpoint } from "../../src/convert/open.js";
import { vocabulariesOf } from "../../src/convert/vocabularies.js";
import { seededRandom } from "../../src/core/random.js";
import { openTree } from "../../src/io/files.js";
import { readVocabularyFile } from "../../src/io/vocabulary-file.js";
import { plainLearner } from "../../src/model/learner.js";
import { loadState } from "../../src/model/load.js";
import { batchOf } from "../support/learner.js";
import { checkpointOf, configOf, slotsOf, tensorOf } from "./checkpoints.js";

const STEPS = 100;
const FOLDER = "fixtures/made/pytorch_mf";
/** Of a matrix factorisation: table of the online model -> tensor of the checkpoint, and the width of its rows. */
const TABLES = [
  ["bias", "global_bias", 1],
  ["linear/user", "user_bias.weight", 1],
  ["linear/item", "item_bias.weight", 1],
  ["dot/user", "user_embedding.weight", 16],
  ["dot/item", "item_embedding.weight", 16],
] as const;

/** The source's weights and slots as they were saved, in float64, learned from by loops that are only here. */
class Source {
  readonly weights = new Map<string, Float64Array>();
  readonly slots = new Map<string, Float64Array[]>();

  constructor(checkpoint: Checkpoint, slotNames: readonly string[]) {
    for (const [, tensor] of TABLES) {
      this.weights.set(tensor, Float64Array.from(checkpoint.tensors.get(tensor)?.values() ?? [], Number));
      const saved = checkpoint.slots.find((entry) => entry.tensor === tensor)?.slots;
      const values = slotNames.map((name) => Float64Array.from(saved?.get(name)?.values() ?? [], Number));
      this.slots.set(tensor, values);
    }
  }

  /** One event of logistic loss; `update` is the optimizer's rule for one number. */
  learn(
    user: number,
    item: number,
    label: number,
    update: (weight: number, slots: number[], gradient: number, isBias: boolean) => [number, number[]],
  ): void {
    const w = (tensor: string, at: number): number => this.weights.get(tensor)?.[at] ?? Number.NaN;
    let score = w("global_bias", 0) + w("user_bias.weight", user) + w("item_bias.weight", item);
    const [users, items] = [[] as number[], [] as number[]];
    for (let k = 0; k < 16; k++) {
      users.push(w("user_embedding.weight", user * 16 + k));
      items.push(w("item_embedding.weight", item * 16 + k));
      score += (users[k] ?? 0) * (items[k] ?? 0);
    }
    const slope = 1 / (1 + Math.exp(-score)) - label;
    const apply = (tensor: string, at: number, gradient: number): void => {
      const slots = this.slots.get(tensor) ?? [];
      const [weight, kept] = update(
        w(tensor, at),
        slots.map((slot) => slot[at] ?? Number.NaN),
        gradient,
        tensor === "global_bias",
      );
      this.weights.get(tensor)?.fill(weight, at, at + 1);
      slots.forEach((slot, index) => {
        slot.fill(kept[index] ?? Number.NaN, at, at + 1);
      });
    };
    apply("global_bias", 0, slope);
    apply("user_bias.weight", user, slope);
    apply("item_bias.weight", item, slope);
    for (let k = 0; k < 16; k++) {
      apply("user_embedding.weight", user * 16 + k, slope * (items[k] ?? 0));
      apply("item_embedding.weight", item * 16 + k, slope * (users[k] ?? 0));
    }
  }
}

async function bothAfter(
  name: string,
  slotNames: readonly string[],
  update: (
    weight: number,
    slots: number[],
    gradient: number,
    isBias: boolean,
    step: number,
  ) => [number, number[]],
): Promise<{ table: string; online: number[]; source: number[] }[]> {
  const checkpoint = await openCheckpoint(openTree(`${FOLDER}/${name}`));
  const features = ["user", "item"].map((feature) => ({
    name: feature,
    encoder: { kind: "vocabulary", key: `${feature}2id`, file: "vocab.json" },
  }));
  const config = configOf({ features });
  const vocabularies = await vocabulariesOf(config, checkpoint, (file, key) =>
    readVocabularyFile(`${FOLDER}/${file}`, key),
  );
  const converted = convert(
    { checkpoint, config, vocabularies, where: name },
    { slots: "exact", precision: "float64" },
  );
  const state = loadState(converted.model, new Map());
  const random = seededRandom(11);
  const below = (count: number): number => Math.floor(random.uniform() * count);
  // A few ids, so that rows are updated again and again.
  const events = Array.from({ length: STEPS }, () => ({
    user: 1 + below(6),
    item: 1 + below(9),
    label: below(2),
  }));
  const batch = batchOf({
    labels: events.map(({ label }) => label),
    codes: { user: events.map(({ user }) => user), item: events.map(({ item }) => item) },
  });
  plainLearner(state).over(batch).learn(0, STEPS);
  const source = new Source(checkpoint, slotNames);
  const before = Number(checkpoint.slots[0]?.steps ?? 0);
  events.forEach(({ user, item, label }, index) => {
    source.learn(user, item, label, (...one) => update(...one, before + index + 1));
  });
  return TABLES.map(([table, tensor, width]) => {
    const { weights, rows } = state.table(table);
    return {
      table,
      online: Array.from(weights.subarray(0, rows * width)),
      source: [...(source.weights.get(tensor) ?? [])],
    };
  });
}

function expectEqual(tables: { table: string; online: number[]; source: number[] }[], least: number): void {
  let compared = 0;
  for (const { table, online, source } of tables) {
    expect(online.length).toBeLessThanOrEqual(source.length);
    online.forEach((weight, at) => {
      const from = source[at] ?? Number.NaN;
      expect(Math.abs(weight - from), `${table}[${at}]`).toBeLessThanOrEqual(
        1e-6 * Math.max(Math.abs(from), 1e-3),
      );
      compared += 1;
    });
  }
  expect(compared).toBeGreaterThan(least);
}

describe(`${STEPS} further steps from the saved slots, as in a float64 loop`, () => {
  it("of Adagrad", async () => {
    const tables = await bothAfter(
      "checkpoint.pt",
      ["accumulator"],
      (weight, [sum = Number.NaN], gradient) => {
        const n = sum + gradient * gradient;
        return [weight - (0.05 * gradient) / (Math.sqrt(n) + 1e-10), [n]];
      },
    );
    expectEqual(tables, 8000);
  });

  it("of Adam, on the rows that an event touches", async () => {
    const rate = Number(
      (await openCheckpoint(openTree(`${FOLDER}/recbole_like.pth`))).hyperparameters.get("lr"),
    );
    expect(rate).toBeGreaterThan(0);
    const dense = new Set<number>();
    const tables = await bothAfter(
      "recbole_like.pth",
      ["m", "v"],
      (weight, [m = Number.NaN, v = Number.NaN], gradient, isBias, step) => {
        dense.add(step);
        const [nextM, nextV] = [0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient * gradient];
        // torch.optim.SparseAdam; the bias alone is dense, where epsilon comes after the correction.
        const [first, second] = [1 - 0.9 ** step, Math.sqrt(1 - 0.999 ** step)];
        const divisor = isBias ? Math.sqrt(nextV) / second + 1e-8 : (Math.sqrt(nextV) + 1e-8) / second;
        return [weight - ((rate / first) * nextM) / divisor, [nextM, nextV]];
      },
    );
    expect(Math.min(...dense)).toBeGreaterThan(1);
    expectEqual(tables, 8000);
  });

  it("of TensorFlow's FTRL, whose l2 counts twice", () => {
    const [rate, l1, l2] = [0.05, 0.02, 0.3];
    const random = seededRandom(3);
    const n = Array.from({ length: 5 }, () => 0.1 + random.uniform());
    const z = Array.from({ length: 5 }, () => random.normal());
    const weightOf = (at: number): number => {
      const [zAt = 0, nAt = 0] = [z[at], n[at]];
      return Math.abs(zAt) <= l1 ? 0 : -(zAt - Math.sign(zAt) * l1) / (Math.sqrt(nAt) / rate + 2 * l2);
    };
    const name = "linear/linear_model/user/weights";
    const f32 = Math.fround;
    for (let at = 0; at < 5; at++) [n[at], z[at]] = [f32(n[at] ?? 0), f32(z[at] ?? 0)];
    const checkpoint = checkpointOf(
      {
        [name]: tensorOf(
          name,
          [5, 1],
          z.map((_, at) => weightOf(at)),
        ),
      },
      {
        format: "tensorflow-checkpoint",
        slots: [
          slotsOf("ftrl", name, {
            accumulator: tensorOf("accumulator", [5, 1], n),
            linear: tensorOf("linear", [5, 1], z),
          }),
        ],
        hyperparameters: {
          learning_rate: rate,
          l1_regularization_strength: l1,
          l2_regularization_strength: l2,
        },
      },
    );
    const config = configOf({ features: [{ name: "user", encoder: { kind: "identity", size: 5 } }] });
    const converted = convert(
      { checkpoint, config, vocabularies: new Map(), where: "model" },
      { slots: "exact", precision: "float64" },
    );
    const state = loadState(converted.model, new Map());
    const events = Array.from({ length: STEPS }, () => ({
      user: Math.floor(random.uniform() * 5),
      label: Math.floor(random.uniform() * 2),
    }));
    plainLearner(state)
      .over(
        batchOf({
          labels: events.map(({ label }) => label),
          codes: { user: events.map(({ user }) => user) },
        }),
      )
      .learn(0, STEPS);
    // ResourceApplyFtrl: linear += g - (sqrt(n') - sqrt(n)) / rate x w.
    for (const { user, label } of events) {
      const weight = weightOf(user);
      const gradient = 1 / (1 + Math.exp(-weight)) - label;
      const before = n[user] ?? 0;
      n[user] = before + gradient * gradient;
      z[user] = (z[user] ?? 0) + gradient - ((Math.sqrt(n[user] ?? 0) - Math.sqrt(before)) / rate) * weight;
    }
    const online = [...state.table("linear/user").weights];
    online.forEach((weight, at) => {
      expect(Math.abs(weight - weightOf(at))).toBeLessThanOrEqual(
        1e-6 * Math.max(Math.abs(weightOf(at)), 1e-3),
      );
    });
    expect(online.filter((weight) => weight !== 0).length).toBeGreaterThan(2);
  });
});
