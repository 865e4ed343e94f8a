import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/convert/checkpoint.js";
import { type Converted, convert } from "../../src/convert/convert.js";
import type { SlotMode } from "../../src/convert/slots.js";
import { loadState } from "../../src/model/load.js";
import { checkpointOf, configOf, MF_SHAPES, slotsOf, TAXI_SHAPES, tensorOf } from "./checkpoints.js";

const USERS = { a: 1, b: 2, c: 3, d: 4 };
const ITEMS = { x: 1, y: 2, z: 3 };
const SGD = { learner: { optimizer: { kind: "sgd", rate: 0.1 } } };
const MF = {
  features: [
    { name: "userId", encoder: { kind: "vocabulary", key: "users" } },
    { name: "itemId", encoder: { kind: "vocabulary", key: "items" } },
  ],
};

function convertWith(
  checkpoint: Checkpoint,
  plain: object,
  vocabularies: Record<string, Record<string, number>>,
  slots: SlotMode = "exact",
): Converted {
  const rows = new Map(
    Object.entries(vocabularies).map(([name, ids]) => [name, new Map(Object.entries(ids))] as const),
  );
  const given = { checkpoint, config: configOf(plain), vocabularies: rows, where: "model.pt" };
  return convert(given, { slots, precision: "float64" });
}

const mf = (plain: object, slots?: SlotMode, checkpoint: Checkpoint = checkpointOf(MF_SHAPES)): Converted =>
  convertWith(checkpoint, { ...MF, ...plain }, { userId: USERS, itemId: ITEMS }, slots);

function values({ model }: Converted, name: string): number[] {
  const tensor = model.tensors.get(name);
  if (tensor === undefined) throw new Error(`no ${name} among ${[...model.tensors.keys()].join(", ")}`);
  return Array.from(tensor.values(), Number);
}

describe("vocabularies and rows", () => {
  it("grows from the padding row where no id has row 0", () => {
    const built = mf(SGD);
    expect(built.model.spec.features[0]?.encoder).toEqual({
      kind: "vocabulary",
      unknown: { rule: "grow", row: 0 },
    });
    expect(built.model.vocabularies.get("userId")).toMatchObject({ ids: ["a", "b", "c", "d"] });
    expect(values(built, "dot/userId/weight")).toEqual(
      Array.from(checkpointOf(MF_SHAPES).tensors.get("user_embedding.weight")?.values() ?? [], Number),
    );
    expect(built.tensors.every(({ outcome }) => outcome === "transferred")).toBe(true);
    // The folder's own loader accepts every shape.
    expect(loadState(built.model, new Map()).tables.length).toBe(5);
  });

  it("appends a zero weight and the mean vector where the ids have every row", () => {
    const from0 = { userId: { a: 0, b: 1, c: 2, d: 3, e: 4 }, itemId: { x: 0, y: 1, z: 2, w: 3 } };
    const built = convertWith(checkpointOf(MF_SHAPES), { ...MF, ...SGD }, from0);
    expect(built.model.spec.features[0]?.encoder).toMatchObject({ unknown: { rule: "grow", row: 5 } });
    expect(values(built, "linear/userId/weight").at(-1)).toBe(0);
    const vectors = values(built, "dot/userId/weight");
    expect(vectors.length).toBe(6 * 3);
    const mean = [0, 1, 2].map(
      (k) => [0, 1, 2, 3, 4].reduce((sum, row) => sum + (vectors[row * 3 + k] ?? 0), 0) / 5,
    );
    mean.forEach((value, k) => {
      expect(vectors[15 + k]).toBeCloseTo(value, 12);
    });
    expect(built.tensors.find(({ table }) => table === "dot/userId")?.note).toContain("1 row appended");
  });

  it("starts new vectors at the mean of the ids' rows with a tenth of their spread", () => {
    const rule = mf(SGD).model.spec.newRows["dot/itemId"];
    const table = Array.from(
      checkpointOf(MF_SHAPES).tensors.get("item_embedding.weight")?.values() ?? [],
      Number,
    );
    const mean = [0, 1, 2].map((k) => [1, 2, 3].reduce((sum, row) => sum + (table[row * 3 + k] ?? 0), 0) / 3);
    const spread = Math.sqrt(
      table.slice(3).reduce((sum, value, index) => sum + (value - (mean[index % 3] ?? 0)) ** 2, 0) / 9,
    );
    rule?.mean?.forEach((value, k) => {
      expect(value).toBeCloseTo(mean[k] ?? Number.NaN, 12);
    });
    expect(rule?.noise).toBeCloseTo(0.1 * spread, 12);
    expect(mf(SGD).model.spec.newRows["linear/itemId"]).toBeUndefined();
  });

  it("keeps the rows that buckets reach, and drops and reports the rest", () => {
    const features = taxiFeatures({ buckets: 10 });
    const built = convertWith(checkpointOf(TAXI_SHAPES), { features, ...SGD }, { company: ids(53) });
    expect(built.model.spec.features[0]?.encoder).toMatchObject({
      unknown: { rule: "hash", first: 53, buckets: 10, function: "farmhash64" },
    });
    expect(built.model.tensors.get("linear/company/weight")?.shape).toEqual([63, 1]);
    expect(built.tensors.find(({ table }) => table === "linear/company")?.note).toBe(
      "947 of 1010 rows dropped: no value reaches them",
    );
    expect(built.model.spec.terms.map(({ name }) => name)).toEqual(["bias", "linear", "deep"]);
    expect(values(built, "deep/bias_2/weight")).not.toEqual(values(built, "bias/weight"));
  });

  it("asks what spare rows are for before it grows", () => {
    expect(() =>
      convertWith(
        checkpointOf(TAXI_SHAPES),
        { features: taxiFeatures("grow"), ...SGD },
        { company: ids(53) },
      ),
    ).toThrow(/1010 rows, of which the vocabulary of company uses 53[\s\S]*growFrom: 53/);
  });

  it("refuses a table with fewer rows than ids or buckets", () => {
    const small = convertShapes({ "linear/linear_model/company_xf/weights": [60, 1] });
    expect(() => small({ buckets: 10 })).toThrow(
      /company_xf\/weights: shape \[60, 1\] as linear\/company: 60 rows\n {2}expected: at least 63 rows/,
    );
    const many = convertShapes({ "linear/linear_model/trip_start_hour_xf/weights": [25, 1] });
    expect(() => many({ buckets: 10 })).toThrow(
      /25 rows\n {2}expected: 24 rows \(feature hour: identity of size 24\)/,
    );
  });

  it("cuts one Linear into the features in the order of unbatch.yaml, rows or numbers", () => {
    const checkpoint = checkpointOf({
      "linear.weight": tensorOf("linear.weight", [1, 6], [1, 2, 3, 4, 5, 6]),
      "linear.bias": [1],
    });
    const features = [
      { name: "age", encoder: { kind: "dense" } },
      { name: "hour", encoder: { kind: "identity", size: 3 } },
      { name: "price", encoder: { kind: "bucketize", boundaries: [10] } },
    ];
    const built = convertWith(checkpoint, { features, ...SGD }, {});
    expect(values(built, "linear/age/weight")).toEqual([1]);
    expect(values(built, "linear/hour/weight")).toEqual([2, 3, 4]);
    expect(values(built, "linear/price/weight")).toEqual([5, 6]);
    expect(() => convertWith(checkpoint, { features: features.slice(0, 2), ...SGD }, {})).toThrow(
      /shape \[1, 6\] as linear\n {2}expected: \[1, 4\] \(age 1 \+ hour 3\)/,
    );
  });

  it("refuses layers whose inputs are not the features", () => {
    const wide = convertShapes({ "dnn/hiddenlayer_0/kernel": [4, 100] });
    expect(() => wide({ buckets: 10 })).toThrow(
      /tensor dnn\/hiddenlayer_0\/kernel: shape \[4, 100\] as deep\/kernel_0\n {2}expected: \[3, 100\] \(inputs fare, miles, seconds\)/,
    );
  });

  it("names features and tensors that do not meet, and what to write", () => {
    const extra = { features: [...MF.features, { name: "hour", encoder: { kind: "identity", size: 24 } }] };
    expect(() => mf({ ...extra, ...SGD })).toThrow(/no tensor for feature hour/);
    const renamed = { features: [MF.features[0], { name: "sku", encoder: { kind: "vocabulary" } }] };
    expect(() =>
      convertWith(checkpointOf(MF_SHAPES), { ...renamed, ...SGD }, { userId: USERS, sku: ITEMS }),
    ).toThrow(
      /tensor item_bias.weight: no telling which feature it is for: "item"[\s\S]*checkpoint.tensors: \{ linear\/userId: item_bias.weight \}/,
    );
    const log = { log: { time: "time", item: "sku" } };
    const built = convertWith(
      checkpointOf(MF_SHAPES),
      { ...renamed, ...log, ...SGD },
      { userId: USERS, sku: ITEMS },
    );
    expect(built.model.tensors.has("dot/sku/weight")).toBe(true);
  });
});

describe("optimizers and slots", () => {
  const adagrad = slotsOf("adagrad", "user_bias.weight", {
    sum: tensorOf("user_bias.weight.sum", [5, 1], [0.1, 1, 2, 3, 4]),
    step: tensorOf("user_bias.weight.step", [], [7]),
  });
  const trained = checkpointOf(MF_SHAPES, {
    slots: [
      adagrad,
      ...["global_bias", "item_bias.weight", "user_embedding.weight", "item_embedding.weight"].map((name) =>
        slotsOf("adagrad", name, { sum: tensorOf(`${name}.sum`, MF_SHAPES[name] ?? []) }),
      ),
    ],
    hyperparameters: {
      "param_groups.0.lr": 0.05,
      "param_groups.0.eps": 1e-10,
      "param_groups.0.initial_accumulator_value": 0.2,
    },
  });

  it("continues with the checkpoint's optimizer and rates where unbatch.yaml has none, and says so", () => {
    const built = mf({}, "exact", trained);
    expect(built.model.spec.learner.optimizers["linear"]).toEqual({
      kind: "adagrad",
      rate: 0.05,
      initialAccumulator: 0.2,
      epsilon: 1e-10,
      epsilonPlacement: "outside",
      l2: 0,
    });
    expect(built.optimizers.map(({ from }) => from)).toEqual(
      Array(3).fill("the checkpoint: param_groups.0.lr = 0.05"),
    );
    expect(values(built, "linear/userId/accumulator")).toEqual([0.1, 1, 2, 3, 4].map(Math.fround));
    expect(built.slots.find(({ name }) => name === "user_bias.weight.step")?.outcome).toBe("dropped");
  });

  it("begins at the initial accumulator with fresh slots", () => {
    const built = mf({}, "fresh", trained);
    expect(values(built, "linear/userId/accumulator")).toEqual(Array(5).fill(0.2));
    expect(built.slots.every(({ outcome }) => outcome !== "transferred")).toBe(true);
  });

  it("drops slots of another optimizer, and says so", () => {
    const built = mf(
      { learner: { optimizer: { kind: "adagrad", rate: 0.1, initialAccumulator: 0.5 } } },
      "exact",
      {
        ...trained,
        slots: [
          slotsOf("adam", "user_bias.weight", {
            exp_avg: tensorOf("m", [5, 1]),
            exp_avg_sq: tensorOf("v", [5, 1]),
          }),
        ],
      },
    );
    expect(values(built, "linear/userId/accumulator")).toEqual(Array(5).fill(0.5));
    expect(
      built.slots.filter(({ outcome }) => outcome === "dropped").map(({ name, note }) => [name, note]),
    ).toEqual([
      ["m", "adam slot: the learner's adagrad has no such slot"],
      ["v", "adam slot: the learner's adagrad has no such slot"],
    ]);
  });

  it("says which key to add where nothing names an optimizer, or only one that the learner has not", () => {
    expect(() => mf({})).toThrow(
      /no optimizer for term bias: the checkpoint holds no optimizer[\s\S]*learner.terms.bias/,
    );
    const unknown = { ...trained, slots: [slotsOf("unknown", "global_bias", {})] };
    expect(() => mf({}, "exact", unknown)).toThrow(/the checkpoint holds unknown, which cannot be continued/);
  });

  it("refuses momentum that would move rows alone, of a term or of all that have no other", () => {
    const momentum = { kind: "sgd" as const, rate: 0.1, l2: 0, momentum: 0.9 };
    expect(() => mf({ learner: { terms: { dot: momentum } } }, "exact", trained)).toThrow(
      /^learner\.terms\.dot\.momentum of unbatch\.yaml: momentum for dot, of which it would move rows alone/,
    );
    const still = { bias: { kind: "frozen" as const } };
    expect(() => mf({ learner: { optimizer: momentum, terms: still } }, "exact", trained)).toThrow(
      /^learner\.optimizer\.momentum of unbatch\.yaml: .* for linear or dot/,
    );
    expect(mf({ learner: { optimizer: momentum, terms: {} } }, "exact", trained).optimizers).toHaveLength(3);
  });

  it("freezes a term, without slots", () => {
    const built = mf({ learner: { terms: { dot: { kind: "frozen" } } } }, "exact", trained);
    expect(built.tensors.filter(({ outcome }) => outcome === "frozen").map(({ table }) => table)).toEqual([
      "dot/userId",
      "dot/itemId",
    ]);
    expect(built.model.tensors.has("dot/userId/accumulator")).toBe(false);
  });

  it("refuses settings for a term that the model has not", () => {
    expect(() => mf({ learner: { ...SGD.learner, terms: { deep: { kind: "frozen" } } } })).toThrow(
      /deep, which the model of model.pt does not have\n {2}expected: some of bias, linear, dot/,
    );
  });

  it("refuses slots of another shape than their weights", () => {
    const slots = [slotsOf("adagrad", "user_bias.weight", { sum: tensorOf("short", [4, 1]) })];
    expect(() =>
      mf({ learner: { optimizer: { kind: "adagrad", rate: 0.1 } } }, "exact", { ...trained, slots }),
    ).toThrow(
      /tensor short: shape \[4, 1\] as an optimizer slot of user_bias.weight\n {2}expected: \[5, 1\]/,
    );
  });

  describe("FTRL", () => {
    const name = "linear/linear_model/hour_xf/weights";
    const n = [0.1, 4, 9];
    const z = [0, -1, 2];
    const rate = 0.5;
    // TensorFlow's weight at rate 0.5, l1 0.25, l2 0.125 (which it counts twice): zero inside |z| <= l1.
    const w = z.map((value, row) =>
      Math.abs(value) <= 0.25
        ? 0
        : (Math.sign(value) * 0.25 - value) / (Math.sqrt(n[row] ?? 0) / rate + 2 * 0.125),
    );
    const checkpoint = checkpointOf(
      { [name]: tensorOf(name, [3, 1], w), "linear/linear_model/bias_weights": [1] },
      {
        format: "tensorflow",
        slots: [
          slotsOf("ftrl", name, {
            accumulator: tensorOf("n", [3, 1], n),
            linear: tensorOf("z", [3, 1], z),
          }),
          slotsOf("ftrl", "linear/linear_model/bias_weights", {
            accumulator: tensorOf("bn", [1], [1]),
            linear: tensorOf("bz", [1], [0]),
          }),
        ],
        hyperparameters: {
          "training/Ftrl/learning_rate": rate,
          "training/Ftrl/learning_rate_power": -0.5,
          "training/Ftrl/l1_regularization_strength": 0.25,
          "training/Ftrl/l2_regularization_strength": 0.125,
          "training/Ftrl/beta": 0,
          "training/Adagrad/learning_rate": 99,
        },
      },
    );
    const features = [{ name: "hour", encoder: { kind: "identity", size: 3 } }];

    it("takes n and z as saved, and TensorFlow's l2 doubled", () => {
      const built = convertWith(checkpoint, { features }, {});
      expect(built.model.spec.learner.optimizers["linear"]).toMatchObject({
        kind: "ftrl",
        rate,
        l1: 0.25,
        l2: 0.25,
        beta: 0,
      });
      expect(values(built, "linear/hour/z")).toEqual(z);
      expect(values(built, "linear/hour/n")).toEqual(n.map(Math.fround));
    });

    it("writes z anew for another rate, so that the weights stay", () => {
      const ftrl = { kind: "ftrl", rate: 0.1, beta: 1, l1: 0.25, l2: 0 };
      const built = convertWith(checkpoint, { features, learner: { optimizer: ftrl } }, {});
      const rebuilt = values(built, "linear/hour/z").map((value, row) => {
        const root = Math.sqrt(values(built, "linear/hour/n")[row] ?? 0);
        return Math.abs(value) <= 0.25 ? 0 : -(value - Math.sign(value) * 0.25) / ((1 + root) / 0.1);
      });
      rebuilt.forEach((weight, row) => {
        expect(weight).toBeCloseTo(Math.fround(w[row] ?? Number.NaN), 12);
      });
      expect(
        built.slots.find(({ role, table }) => role === "slot z" && table === "linear/hour")?.note,
      ).toMatch(/anew/);
    });

    it("does not continue another power than -0.5", () => {
      const other = {
        ...checkpoint,
        hyperparameters: new Map([
          ...checkpoint.hyperparameters,
          ["training/Ftrl/learning_rate_power", -0.7],
        ]) as ReadonlyMap<string, number>,
      };
      expect(() => convertWith(other, { features }, {})).toThrow(/no optimizer for term bias/);
    });
  });

  it("refuses weights that are not finite", () => {
    const nan = checkpointOf({ ...MF_SHAPES, global_bias: tensorOf("global_bias", [1], [Number.NaN]) });
    expect(() => mf(SGD, "exact", nan)).toThrow(
      /tensor global_bias: NaN at row 0, column 0: 1 of 1 numbers are not finite/,
    );
  });
});

function ids(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, row) => [`id ${row}`, row]));
}

function taxiFeatures(unknown: unknown): object[] {
  return [
    { name: "company", encoder: { kind: "vocabulary", unknown } },
    { name: "hour", column: "trip_start_hour", encoder: { kind: "identity", size: 24 } },
    ...["fare", "miles", "seconds"].map((name) => ({
      name,
      encoder: { kind: "dense", mean: 1, variance: 4 },
    })),
  ];
}

function convertShapes(changed: Record<string, number[]>): (unknown: unknown) => Converted {
  return (unknown) =>
    convertWith(
      checkpointOf({ ...TAXI_SHAPES, ...changed }),
      { features: taxiFeatures(unknown), ...SGD },
      { company: ids(53) },
    );
}
