import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { Converted } from "../../../src/convert/convert.js";
import { convertFile, dense, goldenParity, identity, jsonOf, MADE } from "./made.js";

const SIZES: Record<string, number> = { user: 20, item: 30, category: 7 };

/** Features of the golden file's columns that a network reads. */
const featuresOf = (names: readonly string[]): object[] =>
  names.map((name) => ({ name, encoder: SIZES[name] === undefined ? dense : identity(SIZES[name]) }));

function converted(name: string, features: readonly string[], more: object = {}): Promise<Converted> {
  return convertFile(resolve(MADE, `networks/${name}.safetensors`), {
    features: featuresOf(features),
    ...more,
  });
}

function differenceOf(name: string, model: Converted): { rows: number; difference: number } {
  const { logit, ...columns } = jsonOf<Record<string, number[]>>(`networks/${name}.json`);
  const { report } = goldenParity(model, columns, logit ?? []);
  return { rows: report.rows, difference: report.maxAbsoluteDifference };
}

const PAIR = ["user", "item"];
const ALL = ["user", "item", "category"];
const NUMBERS = ["price", "age"];

describe("a state_dict of each network scores as the logits made beside it (fixtures/networks)", () => {
  it.each([
    ["neumf", "neumf", PAIR, {}, ["deep", "deep"]],
    ["ncf_norm_before", "ncf", PAIR, {}, ["deep"]],
    ["ncf_norm_after", "ncf", PAIR, {}, ["deep"]],
    ["deepfm", "deepfm", ALL, {}, ["bias", "linear", "factorisation", "deep"]],
    ["deepfm_fields", "deepfm", ALL, { family: "deepfm" }, ["bias", "linear", "factorisation", "deep"]],
    ["dcn", "dcn", [...PAIR, ...NUMBERS], {}, ["cross"]],
    ["dcn_v2", "dcn", [...PAIR, "price"], {}, ["cross"]],
    ["dlrm", "dlrm", [...ALL, ...NUMBERS], {}, ["interaction"]],
    ["dlrm_upper", "dlrm", [...ALL, ...NUMBERS], { interaction: { pairs: "upper" } }, ["interaction"]],
    ["two_tower", "two-tower", ["user", ...NUMBERS, "item", "category"], {}, ["towers"]],
    ["two_heads", "ncf", PAIR, { head: "click_head" }, ["deep"]],
  ] as const)("%s is %s", async (name, family, features, checkpoint, kinds) => {
    const model = await converted(name, features, { checkpoint });
    expect(model.source.recognised.family).toBe(family);
    expect(model.bound.terms.map(({ kind }) => kind)).toEqual(kinds);
    const { rows, difference } = differenceOf(name, model);
    expect(rows).toBe(24);
    expect(difference).toBeLessThan(1e-12);
  });
});
