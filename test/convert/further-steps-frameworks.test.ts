import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/convert/checkpoint.js";
import { convert } from "../../src/convert/convert.js";
import { sortVariables } from "../../src/convert/formats/tensorflow/variables.js";
import type { SlotMode } from "../../src/convert/slots.js";
import { seededRandom } from "../../src/core/random.js";
import type { Tensor } from "../../src/core/tensor.js";
import { plainLearner } from "../../src/model/learner.js";
import { loadState } from "../../src/model/load.js";
import { batchOf } from "../support/learner.js";
import { checkpointOf, configOf, slotsOf, tensorOf } from "./checkpoints.js";

const STEPS = 100;
const [USERS, ITEMS, RATE] = [6, 5, 0.05];
const VALUE = "/.ATTRIBUTES/VARIABLE_VALUE";
/** A logistic regression: weight tensors by their plain name, and how many numbers each has. */
const WEIGHTS = { bias: 1, user: USERS, item: ITEMS };
type Weight = keyof typeof WEIGHTS;
const NAMES = Object.keys(WEIGHTS) as Weight[];

/** A rule for one number: what the framework documents. `isBias`: a dense tensor. `step` counts from 1. */
type Rule = (w: number, slots: number[], g: number, step: number, isBias: boolean) => [number, number[]];

interface Form {
  checkpoint(weights: ReadonlyMap<Weight, Tensor>, slots: ReadonlyMap<Weight, Tensor[]>): Checkpoint;
  slots: number;
  /** Updates before. */
  steps: number;
  optimizer: object;
  rule: Rule;
  /** Slots of a fresh beginning, for a weight. */
  initial(weight: number): number[];
  /** Rows move without a gradient too. */
  isDense?: boolean;
}

const shapeOf = (weight: Weight): number[] => (weight === "bias" ? [1] : [WEIGHTS[weight], 1]);

/** Variables of a TensorFlow checkpoint by their keys, sorted as its reader does. */
function tensorflow(
  variables: readonly (readonly [string, Tensor])[],
  fullNames: readonly (readonly [string, string])[] = [],
): Checkpoint {
  const named = new Map(variables.map(([name, tensor]) => [name, { ...tensor, name }]));
  const { weights, slots, hyperparameters } = sortVariables(named, new Map(fullNames));
  return {
    format: "tensorflow-checkpoint",
    tensors: weights,
    slots,
    vocabularies: new Map(),
    hyperparameters,
    notes: [],
  };
}

const estimator = (weight: Weight): string =>
  weight === "bias" ? "linear/linear_model/bias_weights" : `linear/linear_model/${weight}/weights`;
const count = (name: string, value: number): readonly [string, Tensor] => [name, tensorOf(name, [], [value])];

/** TensorFlow 1: `<variable>/<slot>`. */
const classic =
  (names: readonly string[], ...more: (readonly [string, Tensor])[]): Form["checkpoint"] =>
  (weights, slots) =>
    tensorflow([
      ...[...weights].map(([name, tensor]) => [estimator(name), tensor] as const),
      ...[...slots].flatMap(([name, list]) =>
        list.map((tensor, at) => [`${estimator(name)}/${names[at]}`, tensor] as const),
      ),
      ...more,
    ]);

/** Keras optimizers before 2.11: `.OPTIMIZER_SLOT`. */
const tracked =
  (names: readonly string[], ...more: (readonly [string, Tensor])[]): Form["checkpoint"] =>
  (weights, slots) =>
    tensorflow([
      ...[...weights].map(([name, tensor]) => [`${estimator(name)}${VALUE}`, tensor] as const),
      ...[...slots].flatMap(([name, list]) =>
        list.map(
          (tensor, at) =>
            [`${estimator(name)}/.OPTIMIZER_SLOT/optimizer/${names[at]}${VALUE}`, tensor] as const,
        ),
      ),
      ...more,
    ]);

/** Keras optimizers since 2.11: numbered, with full names in the object graph. */
const numbered =
  (kind: string, names: readonly string[], ...more: (readonly [string, Tensor])[]): Form["checkpoint"] =>
  (weights, slots) => {
    const flat = [...slots].flatMap(([name, list]) =>
      list.map((tensor, at) => ({ name, tensor, part: names[at] ?? "" })),
    );
    const key = (at: number): string => `optimizer/_variables/${at + 1}${VALUE}`;
    return tensorflow(
      [
        ...[...weights].map(([name, tensor]) => [`${estimator(name)}${VALUE}`, tensor] as const),
        ...flat.map(({ tensor }, at) => [key(at), tensor] as const),
        ...more,
      ],
      [
        ...NAMES.map((name) => [`${estimator(name)}${VALUE}`, name] as const),
        ...flat.map(({ name, part }, at) => [key(at), `${kind}/${part}/${name}`] as const),
      ],
    );
  };

/** torch.optim, as its reader hands it over. */
const torch =
  (kind: "adagrad" | "adam" | "sgd", names: readonly string[], steps: number): Form["checkpoint"] =>
  (weights, slots) => {
    const nameOf = (weight: Weight): string => (weight === "bias" ? "bias" : `${weight}_bias.weight`);
    const tensors = [...weights].map(
      ([name, tensor]) => [nameOf(name), { ...tensor, name: nameOf(name) }] as const,
    );
    const saved = [...slots].map(([name, list]) => ({
      ...slotsOf(kind, nameOf(name), Object.fromEntries(list.map((tensor, at) => [names[at], tensor]))),
      steps,
    }));
    return checkpointOf(Object.fromEntries(tensors), { slots: saved });
  };

// Duchi et al. 2011, as tf.raw_ops.ResourceApplyAdagradV2, Keras and torch.optim.Adagrad have it.
const adagrad = { kind: "adagrad", rate: RATE, epsilon: 1e-7, initialAccumulator: 0.1 };
const adagradRule: Rule = (w, [n = 0], g) => {
  const sum = n + g * g;
  return [w - (RATE * g) / (Math.sqrt(sum) + 1e-7), [sum]];
};
// tf.raw_ops.ResourceApplyFtrl with l1, and l2 counted twice.
const [L1, L2] = [0.02, 0.3];
const ftrl = { kind: "ftrl", rate: RATE, beta: 0, l1: L1, l2: 2 * L2, initialAccumulator: 0.1 };
const ftrlWeight = (n: number, z: number): number =>
  Math.abs(z) <= L1 ? 0 : (Math.sign(z) * L1 - z) / (Math.sqrt(n) / RATE + 2 * L2);
/** The initial accumulator, and the z that goes with a weight. */
const ftrlSlots = (w: number): number[] => [0.1, -w * (Math.sqrt(0.1) / RATE + 2 * L2) - Math.sign(w) * L1];
const ftrlRule: Rule = (w, [n = 0, z = 0], g) => {
  const sum = n + g * g;
  const linear = z + g - ((Math.sqrt(sum) - Math.sqrt(n)) / RATE) * w;
  return [ftrlWeight(sum, linear), [sum, linear]];
};
const [B1, B2] = [0.9, 0.999];
const moments = (m: number, v: number, g: number): [number, number] => [
  B1 * m + (1 - B1) * g,
  B2 * v + (1 - B2) * g * g,
];
const adam = (touch: "dense" | "lazy", epsilon: number, more: object = {}): object => ({
  ...{ kind: "adam", rate: RATE, epsilon, touch },
  ...more,
});
// tf.raw_ops.ResourceApplyAdam: the correction is in the rate, epsilon beside the root of v.
const tensorflowAdam: Rule = (w, [m = 0, v = 0], g, t) => {
  const [nextM, nextV] = moments(m, v, g);
  const rate = (RATE * Math.sqrt(1 - B2 ** t)) / (1 - B1 ** t);
  return [w - (rate * nextM) / (Math.sqrt(nextV) + 1e-7), [nextM, nextV]];
};
// torch.optim.Adam: both moments are corrected first.
const torchAdam: Rule = (w, [m = 0, v = 0], g, t) => {
  const [nextM, nextV] = moments(m, v, g);
  const root = Math.sqrt(nextV / (1 - B2 ** t));
  return [w - (RATE * (nextM / (1 - B1 ** t))) / (root + 1e-8), [nextM, nextV]];
};
// torch.optim.SparseAdam on rows.
const sparseAdam: Rule = (w, [m = 0, v = 0], g, t, isBias) => {
  if (isBias) return torchAdam(w, [m, v], g, t, isBias);
  const [nextM, nextV] = moments(m, v, g);
  const rate = (RATE * Math.sqrt(1 - B2 ** t)) / (1 - B1 ** t);
  return [w - (rate * nextM) / (Math.sqrt(nextV) + 1e-8), [nextM, nextV]];
};
// torch.optim.SGD; of rows the momentum is left, which the report says.
const sgdRule: Rule = (w, [buffer = 0], g, _, isBias) => {
  const moved = isBias ? 0.9 * buffer + g : g;
  return [w - RATE * moved, [moved]];
};

const UPDATES = 2000;
const step = count("global_step", UPDATES);
const iteration = count(`optimizer/_iterations${VALUE}`, UPDATES);
/** What forms of different files have alike. */
type Learned = Omit<Form, "checkpoint">;
const ADAGRAD: Learned = {
  slots: 1,
  steps: 0,
  optimizer: adagrad,
  rule: adagradRule,
  initial: () => [0.1],
};
const FTRL: Learned = {
  slots: 2,
  steps: 0,
  optimizer: ftrl,
  rule: ftrlRule,
  initial: ftrlSlots,
};
const TENSORFLOW_ADAM: Learned = {
  slots: 2,
  steps: UPDATES,
  optimizer: adam("dense", 1e-7, { correction: "rate" }),
  rule: tensorflowAdam,
  initial: () => [0, 0],
  isDense: true,
};
const FORMS: Record<string, Form> = {
  "TensorFlow 1 Adagrad": { ...ADAGRAD, checkpoint: classic(["Adagrad"]) },
  "TensorFlow 1 FTRL": { ...FTRL, checkpoint: classic(["Ftrl", "Ftrl_1"]) },
  "TensorFlow 1 Adam": { ...TENSORFLOW_ADAM, checkpoint: classic(["Adam", "Adam_1"], step) },
  "Keras before 2.11 Adagrad": { ...ADAGRAD, checkpoint: tracked(["accumulator"]) },
  "Keras before 2.11 FTRL": { ...FTRL, checkpoint: tracked(["accumulator", "linear"]) },
  "Keras before 2.11 Adam": {
    ...TENSORFLOW_ADAM,
    checkpoint: tracked(["m", "v"], count(`optimizer/iter${VALUE}`, UPDATES)),
  },
  "Keras since 2.11 Adagrad": { ...ADAGRAD, checkpoint: numbered("Adagrad", ["accumulator"]) },
  "Keras since 2.11 FTRL": { ...FTRL, checkpoint: numbered("Ftrl", ["accumulator", "linear"]) },
  "Keras since 2.11 Adam": { ...TENSORFLOW_ADAM, checkpoint: numbered("Adam", ["m", "v"], iteration) },
  "torch.optim.Adagrad": { ...ADAGRAD, checkpoint: torch("adagrad", ["accumulator"], UPDATES) },
  "torch.optim.Adam": {
    checkpoint: torch("adam", ["m", "v"], UPDATES),
    slots: 2,
    steps: UPDATES,
    optimizer: adam("dense", 1e-8),
    rule: torchAdam,
    initial: () => [0, 0],
    isDense: true,
  },
  "torch.optim.SparseAdam": {
    checkpoint: torch("adam", ["m", "v"], UPDATES),
    slots: 2,
    steps: UPDATES,
    optimizer: adam("lazy", 1e-8),
    rule: sparseAdam,
    initial: () => [0, 0],
  },
  "torch.optim.SGD with momentum": {
    checkpoint: torch("sgd", ["momentum"], UPDATES),
    slots: 1,
    steps: 0,
    optimizer: { kind: "sgd", rate: RATE, momentum: 0.9 },
    rule: sgdRule,
    initial: () => [0],
  },
};

/** The learner and the loop, after 100 events from the same state. */
function bothAfter(form: Form, mode: SlotMode): { online: number[]; source: number[]; taken: number } {
  const random = seededRandom(17);
  const f32 = Math.fround;
  const slots = new Map(
    NAMES.map((name) => [
      name,
      Array.from({ length: form.slots }, (_, at) =>
        Array.from({ length: WEIGHTS[name] }, () =>
          // First moments, z and momentum have a sign; sums of squares have none.
          f32(
            at === 0 && form.rule !== ftrlRule && form.rule !== adagradRule
              ? 0.05 * random.normal()
              : 0.1 + random.uniform(),
          ),
        ),
      ),
    ]),
  );
  const weights = new Map(
    NAMES.map((name) => {
      const [n = [], z = []] = slots.get(name) ?? [];
      const own = Array.from({ length: WEIGHTS[name] }, (_, at) =>
        f32(form.rule === ftrlRule ? ftrlWeight(n[at] ?? 0, z[at] ?? 0) : random.normal()),
      );
      return [name, own];
    }),
  );
  const checkpoint = form.checkpoint(
    new Map(NAMES.map((name) => [name, tensorOf(name, shapeOf(name), weights.get(name))])),
    new Map(
      NAMES.map((name) => [
        name,
        (slots.get(name) ?? []).map((values, at) => tensorOf(`${name} slot ${at}`, shapeOf(name), values)),
      ]),
    ),
  );
  const config = configOf({
    features: [
      { name: "user", encoder: { kind: "identity", size: USERS } },
      { name: "item", encoder: { kind: "identity", size: ITEMS } },
    ],
    learner: { optimizer: form.optimizer },
  });
  const converted = convert(
    { checkpoint, config, vocabularies: new Map(), where: "model" },
    { slots: mode, precision: "float64" },
  );
  const state = loadState(converted.model, new Map());
  const below = (size: number): number => Math.floor(random.uniform() * size);
  const events = Array.from({ length: STEPS }, () => ({
    user: below(USERS),
    item: below(ITEMS),
    label: below(2),
  }));
  const batch = batchOf({
    labels: events.map(({ label }) => label),
    codes: { user: events.map(({ user }) => user), item: events.map(({ item }) => item) },
  });
  plainLearner(state).over(batch).learn(0, STEPS);
  if (mode === "fresh")
    for (const [name, list] of slots)
      for (const [at, values] of list.entries())
        for (const row of values.keys())
          values[row] = form.initial(weights.get(name)?.[row] ?? Number.NaN)[at] ?? Number.NaN;
  events.forEach(({ user, item, label }, index) => {
    const rowOf = { bias: 0, user, item };
    const score = NAMES.reduce((sum, name) => sum + (weights.get(name)?.[rowOf[name]] ?? 0), 0);
    const slope = 1 / (1 + Math.exp(-score)) - label;
    for (const name of NAMES) {
      const [own = [], memory = []] = [weights.get(name), slots.get(name)];
      own.forEach((w, row) => {
        const isTouched = row === rowOf[name];
        if (!isTouched && form.isDense !== true) return;
        const t = (mode === "fresh" ? 0 : form.steps) + index + 1;
        const [moved, kept] = form.rule(
          w,
          memory.map((slot) => slot[row] ?? 0),
          isTouched ? slope : 0,
          t,
          name === "bias",
        );
        own[row] = moved;
        memory.forEach((slot, at) => {
          slot[row] = kept[at] ?? Number.NaN;
        });
      });
    }
  });
  return {
    online: ["bias", "linear/user", "linear/item"].flatMap((table) => [...state.table(table).weights]),
    source: NAMES.flatMap((name) => weights.get(name) ?? []),
    taken: converted.slots.filter(({ outcome }) => outcome === "transferred").length,
  };
}

describe(`${STEPS} further steps, as in a float64 loop by the framework's own rule`, () => {
  it.each(Object.keys(FORMS))("%s: from its slots, and from fresh ones", (name) => {
    const form = FORMS[name];
    if (form === undefined) throw new Error(name);
    for (const mode of ["exact", "fresh"] as const) {
      const { online, source, taken } = bothAfter(form, mode);
      const hasMomentum = form.rule === sgdRule;
      expect(taken).toBe(mode === "fresh" ? 0 : hasMomentum ? 1 : form.slots * NAMES.length);
      expect(online.length).toBe(1 + USERS + ITEMS);
      online.forEach((weight, at) => {
        const expected = source[at] ?? Number.NaN;
        expect(Math.abs(weight - expected), `${mode} ${at}`).toBeLessThanOrEqual(
          1e-6 * Math.max(Math.abs(expected), 1e-3),
        );
      });
    }
  });
});
