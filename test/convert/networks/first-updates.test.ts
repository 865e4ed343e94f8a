import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { type Converted, convert } from "../../../src/convert/convert.js";
import { openCheckpoint } from "../../../src/convert/open.js";
import { generatedRows } from "../../../src/convert/parity/generated.js";
import { compareUpdates } from "../../../src/convert/parity/source-updates.js";
import { seededRandom } from "../../../src/core/random.js";
import { elementCount } from "../../../src/core/tensor.js";
import { openTree } from "../../../src/io/files.js";
import type { OnlineModel } from "../../../src/model/model.js";
import type { UpdatesReport } from "../../../src/model/record.js";
import { TWO_TOWER_FEATURES, TWO_TOWER_TOLD } from "../../support/two-tower-bag.js";
import { configOf, slotsOf } from "../checkpoints.js";
import { dense, identity, MADE } from "./made.js";

type Updates = Exclude<UpdatesReport, { notMade: string }>;

const SIZES: Record<string, number> = { user: 20, item: 30, category: 7 };
const featuresOf = (names: readonly string[]): object[] =>
  names.map((name) => ({ name, encoder: SIZES[name] === undefined ? dense : identity(SIZES[name]) }));
const PAIR = ["user", "item"];
const ALL = ["user", "item", "category"];
const NUMBERS = ["price", "age"];

const OPTIMIZERS = {
  adagrad: { kind: "adagrad", rate: 0.05 },
  adam: { kind: "adam", rate: 0.01 },
} as const;
type Kind = keyof typeof OPTIMIZERS;
const SLOTS: Readonly<Record<Kind, readonly string[]>> = {
  adagrad: ["sum"],
  adam: ["exp_avg", "exp_avg_sq"],
};

/** With a memory for each of its tensors, as an optimizer would have left it. */
function withSlots(checkpoint: Checkpoint, kind: Kind): Checkpoint {
  const random = seededRandom(23);
  const slots = [...checkpoint.tensors].map(([name, tensor]) => {
    const memory = SLOTS[kind].map((slot) => {
      const values = Float64Array.from(
        { length: elementCount(tensor.shape) },
        slot === "exp_avg" ? () => 0.02 * random.normal() : () => 0.01 + 0.1 * random.uniform(),
      );
      const { shape, dtype } = tensor;
      return [slot, { name: `${name}/${slot}`, shape, dtype, values: () => values }] as const;
    });
    return { ...slotsOf(kind, name, Object.fromEntries(memory)), steps: 12 };
  });
  return { ...checkpoint, slots };
}

async function converted(
  file: string,
  plain: object,
  change: (checkpoint: Checkpoint) => Checkpoint = (whole) => whole,
): Promise<Converted> {
  const checkpoint = change(await openCheckpoint(openTree(resolve(MADE, file))));
  const config = configOf(plain);
  return convert(
    { checkpoint, config, vocabularies: new Map(), where: file },
    { slots: "exact", precision: "float64" },
  );
}

function updatesOf(one: Converted, model: OnlineModel = one.model): Updates {
  const report = compareUpdates(one, model, generatedRows(one.source.config, one.source.vocabularies, 100));
  if ("notMade" in report) throw new Error(report.notMade);
  expect(report).toMatchObject({ updates: 40, rows: 20 });
  expect(report.largestMove).toBeGreaterThan(1e-4);
  return report;
}

/** Weight tables of a model whose memory counts: another one of any of them is seen by the comparison. */
function expectSeen(one: Converted, slot: string, among = /./): string[] {
  const tables = [...one.model.tensors.keys()].filter(
    (name) => name.endsWith(`/${slot}`) && among.test(name),
  );
  const atRest = updatesOf(one).atRest ?? [];
  const seen = tables.filter((name) => {
    const tensor = one.model.tensors.get(name);
    const values = Float64Array.from(tensor?.values() ?? [], Number).map((value) => 1.5 * value + 0.01);
    if (tensor === undefined) return false;
    const { shape, dtype } = tensor;
    const changed = { name, shape, dtype, values: () => values };
    const other = new Map(one.model.tensors).set(name, changed);
    return updatesOf(one, { ...one.model, tensors: other }).maxAbsoluteDifference > 1e-9;
  });
  const learning = tables.filter((name) => !atRest.includes(name.slice(0, -slot.length - 1)));
  expect(seen).toEqual(learning);
  return seen;
}

describe("the first updates of a network, against its own tensors and gradients", () => {
  const networks: [string, string[], object, string[]][] = [
    ["neumf", PAIR, {}, ["deep"]],
    ["deepfm", ALL, {}, ["bias", "linear", "factorisation", "deep"]],
    ["two_heads", PAIR, { head: "click_head" }, ["deep"]],
    ["dcn", [...PAIR, ...NUMBERS], {}, ["cross"]],
    ["dcn_v2", [...PAIR, "price"], {}, ["cross"]],
    ["dlrm", [...ALL, ...NUMBERS], {}, ["interaction"]],
    ["dlrm_upper", [...ALL, ...NUMBERS], { interaction: { pairs: "upper" } }, ["interaction"]],
    ["two_tower", ["user", ...NUMBERS, "item", "category"], {}, ["towers"]],
  ];
  const cases = networks.flatMap((network) =>
    (["adagrad", "adam"] as const).map((kind) => [...network, kind] as const),
  );

  it.each(cases)("%s", async (name, names, checkpoint, kinds, kind) => {
    const layers = kinds.filter((term) => term !== "bias" && term !== "linear" && term !== "factorisation");
    const own = OPTIMIZERS[kind];
    const learner = {
      optimizer: own,
      terms: Object.fromEntries(layers.map((term) => [`${term}/layers`, own])),
    };
    const plain = { features: featuresOf(names), checkpoint };
    const file = `networks/${name}.safetensors`;
    const all = await converted(file, { ...plain, learner }, (whole) => withSlots(whole, kind));
    expect([...new Set(all.bound.terms.map((term) => term.kind))]).toEqual(kinds);
    const { atRest, maxAbsoluteDifference } = updatesOf(all);
    expect(maxAbsoluteDifference).toBeLessThan(1e-12);
    expect(atRest).toEqual(name === "neumf" ? ["gmf/bias_0"] : undefined);
    if (kind === "adagrad") expect(expectSeen(all, "accumulator").length).toBeGreaterThan(3);
    // Layers as they learn by default: slower, or not at all.
    const usual = await converted(file, { ...plain, learner: { optimizer: own } }, (whole) =>
      withSlots(whole, kind),
    );
    expect(updatesOf(usual).maxAbsoluteDifference).toBeLessThan(1e-12);
  });

  it("of towers with a bag, that rest: their ids learn", async () => {
    const one = await converted(
      "pytorch_widedeep/twotower_bag_state_dict.pt",
      { features: TWO_TOWER_FEATURES, ...TWO_TOWER_TOLD, learner: { optimizer: OPTIMIZERS.adagrad } },
      (whole) => withSlots(whole, "adagrad"),
    );
    expect(one.model.spec.learner.optimizers).toMatchObject({ "towers/layers": { kind: "frozen" } });
    expect(updatesOf(one).maxAbsoluteDifference).toBeLessThan(1e-12);
    expect(expectSeen(one, "accumulator")).toEqual(
      ["left/user", "left/tags", "right/item"].map((side) => `towers/${side}/accumulator`),
    );
  });
});

describe("the first updates beside a folded BatchNorm", () => {
  it.each([
    ["ncf_norm_before", [0, 1]],
    ["ncf_norm_after", [0, 1]],
  ])("%s: the layers that took it in rest", async (name, folded) => {
    const one = await converted(
      `networks/${name}.safetensors`,
      { features: featuresOf(PAIR), learner: { optimizer: OPTIMIZERS.adagrad } },
      (whole) => withSlots(whole, "adagrad"),
    );
    const { atRest, maxAbsoluteDifference } = updatesOf(one);
    expect(atRest).toEqual(folded.flatMap((at) => [`deep/kernel_${at}`, `deep/bias_${at}`]));
    expect(maxAbsoluteDifference).toBeLessThan(1e-12);
    expect(expectSeen(one, "accumulator").length).toBeGreaterThan(1);
  });

  it("a DLRM with Adam as PyTorch saved it", async () => {
    const sizes = { user: 201, item: 301, category: 13, context: 8 };
    const features = [
      ...Object.entries(sizes).map(([name, size]) => ({ name, encoder: identity(size) })),
      ...[0, 1, 2].map((k) => ({ name: `d${k}`, encoder: dense })),
    ];
    const interaction = {
      vectors: ["user", "item", "category", "context", "dense"],
      above: ["dense", "products", "vectors"],
    };
    const one = await converted("pytorch_widedeep/checkpoint.pt", {
      ...{ features, checkpoint: { interaction }, learner: {} },
    });
    expect(one.model.spec.learner.optimizers).toMatchObject({ interaction: { kind: "adam" } });
    const { atRest, maxAbsoluteDifference } = updatesOf(one);
    expect(atRest).toEqual(["interaction/top/kernel_0", "interaction/top/bias_0"]);
    expect(maxAbsoluteDifference).toBeLessThan(1e-12);
    expect(expectSeen(one, "v", /user|bottom|top/).length).toBeGreaterThan(4);
  });
});
