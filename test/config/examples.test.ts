import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import { type ReferenceSetting, settingYaml } from "../support/compare-reference.js";
import { describeWith } from "../support/external.js";

const example = (name: string) =>
  parseConfig(readFileSync(new URL(`../../examples/${name}/unbatch.yaml`, import.meta.url), "utf8"), name);

it("the residual begins from a logged score and is compared with pretraining", () => {
  const config = example("residual");
  const { terms, learner } = modelSpecOf(config);
  expect(terms.map(({ kind }) => kind)).toEqual(["offset", "bias", "linear"]);
  expect(Object.keys(learner.optimizers)).toEqual(["bias", "linear"]);
  expect(config.compare?.pretrain).toBeGreaterThan(0);
});

it("the MovieTweetings example has twelve policies", () => {
  const { compare } = example("movietweetings");
  expect(new Set(compare?.policies.map(({ name }) => name)).size).toBe(12);
});

describeWith("UNBATCH_REFERENCE", "the MovieTweetings example is the reference's first setting", (folder) => {
  it("in its learner, its pretraining and every policy", () => {
    const { settings } = JSON.parse(readFileSync(join(folder, "compare.json"), "utf8")) as {
      settings: ReferenceSetting[];
    };
    const [first] = settings;
    if (first === undefined) throw new Error("compare.json has no settings");
    const { features, ...reference } = parseConfig(settingYaml(first, undefined), "reference");
    const { features: own, ...config } = example("movietweetings");
    expect(reference.compare?.policies).toHaveLength(12);
    expect(own).toEqual(features);
    // One delay for all labels is the same as one that is equal for both classes.
    expect(config.log.known).toEqual({ after: 0 });
    expect(reference.log.known).toEqual({ after: { positive: 0, negative: 0 } });
    expect({ ...config, log: { ...config.log, known: undefined } }).toEqual({
      ...reference,
      log: { ...reference.log, known: undefined },
    });
  });
});
