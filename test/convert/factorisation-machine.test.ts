import { describe, expect, it } from "vitest";
import { type Converted, convert } from "../../src/convert/convert.js";
import { generatedRows } from "../../src/convert/parity/generated.js";
import { compareScores } from "../../src/convert/parity/parity.js";
import { loadState } from "../../src/model/load.js";
import { checkpointOf, configOf, slotsOf, tensorOf } from "./checkpoints.js";

const USERS = new Map([
  ["a", 0],
  ["b", 1],
  ["c", 2],
]);
const features = [
  { name: "user", encoder: { kind: "vocabulary", key: "users" } },
  { name: "hour", encoder: { kind: "identity", size: 24 } },
  { name: "price", encoder: { kind: "dense", mean: 1, scale: 2 } },
];
/** user 3 + hour 24 + price 1 rows. */
const WHOLE = { "linear.fc.weight": [28, 1], "linear.bias": [1], "embedding.embedding.weight": [28, 4] };
const APART = {
  bias: [1],
  "linear.user.weight": [3, 1],
  "linear.hour.weight": [24, 1],
  w: tensorOf("w", [1, 1], [0.5]),
  "factors.user.weight": [3, 4],
  "factors.hour.weight": [24, 4],
  price_vector: [1, 4],
};

function convertFm(shapes: Parameters<typeof checkpointOf>[0], plain: object, made = {}): Converted {
  const config = configOf({ features, learner: { optimizer: { kind: "sgd", rate: 0.1 } }, ...plain });
  const vocabularies = new Map([["user", USERS]]);
  const checkpoint = checkpointOf(shapes, made);
  const given = { checkpoint, config, vocabularies, where: "fm.pt" };
  return convert(given, { slots: "exact", precision: "float64" });
}

describe("a factorisation machine", () => {
  const tensors = { bias: "bias", "linear/price": "w" };
  it.each([
    ["with one tensor for all features", WHOLE, {}],
    ["with a tensor a feature", APART, { checkpoint: { tensors } }],
  ])("%s scores as its tensors do", (_, shapes, plain) => {
    const { source, bound, model } = convertFm(shapes, plain);
    expect(model.spec.family).toBe("factorisation-machine");
    expect(bound.terms.at(-1)).toEqual({
      kind: "factorisation",
      name: "factorisation",
      features: ["user", "hour", "price"],
      width: 4,
    });
    const { report } = compareScores(
      source,
      bound,
      model,
      generatedRows(source.config, source.vocabularies, 60),
      1e-9,
    );
    expect(report.maxAbsoluteDifference).toBeLessThan(1e-9);
    expect(report.rows).toBeGreaterThan(20);
    // Unknown users score with the mean vector, and new ones begin there.
    expect(model.spec.newRows["factorisation/user"]?.mean).toHaveLength(4);
    expect(loadState(model, new Map()).table("factorisation/user").rows).toBe(4);
  });

  it("refuses vectors of another width, and rows that are not the features'", () => {
    expect(() => convertFm({ ...WHOLE, "linear.fc.weight": [27, 1] }, {})).toThrow(/factorisation-machine/);
    const short = { "linear.fc.weight": [26, 1], "linear.bias": [1], "embedding.embedding.weight": [26, 4] };
    expect(() => convertFm(short, {})).toThrow(/user 3 \+ hour 24 \+ price 1/);
    const told = {
      checkpoint: { tensors: { ...tensors, "factorisation/user": "u", "factorisation/hour": "h" } },
    };
    const { "factors.user.weight": _u, "factors.hour.weight": _h, ...rest } = APART;
    const other = { ...rest, u: [3, 4], h: [24, 5] };
    expect(() => convertFm(other, told)).toThrow(/tensor h: shape \[24, 5\] as factorisation\/hour/);
  });
});

describe("Adam's slots", () => {
  const moments = (tensor: string, shape: number[], steps?: number) => ({
    ...slotsOf("adam", tensor, {
      m: tensorOf(`${tensor}/m`, shape),
      v: tensorOf(`${tensor}/vv`, shape),
    }),
    ...(steps === undefined ? {} : { steps }),
  });
  const slots = (steps?: number) =>
    Object.entries(WHOLE).map(([tensor, shape]) => moments(tensor, shape, steps));
  const hyperparameters = { lr: 0.01, beta1: 0.8, beta2: 0.99, eps: 1e-7, weight_decay: 0.001 };

  it("come along with the count of updates, and the settings that trained them", () => {
    const {
      model,
      optimizers,
      slots: reports,
    } = convertFm(WHOLE, { learner: {} }, { slots: slots(120), hyperparameters });
    expect(optimizers.map(({ spec }) => spec)).toEqual(
      Array(3).fill({
        ...{ kind: "adam", rate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-7, touch: "lazy", l2: 0.001 },
      }),
    );
    expect(optimizers[0]?.from).toContain("lazy on rows");
    const state = loadState(model, new Map());
    expect(state.tables.map(({ steps }) => steps)).toEqual(Array(7).fill(120));
    const hour = tensorOf("embedding.embedding.weight/m", [28, 4])
      .values()
      .subarray(12, 27 * 4);
    expect([...(state.table("factorisation/hour").slots[0] ?? [])]).toEqual([...hour]);
    expect(reports.every(({ note }) => note === "as saved after 120 updates")).toBe(true);
  });

  it("are of as many updates as the whole optimizer made, where no tensor has a count", () => {
    const made = { slots: slots(), hyperparameters: { ...hyperparameters, "optimizer/iter": 7 } };
    expect(loadState(convertFm(WHOLE, { learner: {} }, made).model, new Map()).table("bias").steps).toBe(7);
  });

  it("begin anew without any count, and under --slots of another optimizer", () => {
    const built = convertFm(WHOLE, { learner: {} }, { slots: slots(), hyperparameters });
    const notes = new Set(built.slots.map(({ outcome, note }) => `${outcome}: ${note}`));
    expect([...notes]).toContain("re-initialised: the checkpoint has no count of updates for it");
    const state = loadState(built.model, new Map());
    expect(state.table("bias").steps).toBe(0);
    expect(state.table("factorisation/hour").slots.every((slot) => slot.every((value) => value === 0))).toBe(
      true,
    );
  });
});
