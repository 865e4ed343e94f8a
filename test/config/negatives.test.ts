import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import { messagesOf } from "./problems.js";

const yaml = (more: { log?: string; link?: string; negatives?: string }): string => `version: 1
log: { time: at${more.log ?? ", user: user_id, item: item_id"} }
features:
  - { name: user, column: user_id, encoder: { kind: vocabulary } }
  - { name: item, column: item_id, encoder: { kind: vocabulary } }
  - { name: genre, encoder: { kind: vocabulary } }
model:
  link: ${more.link ?? "bpr"}
  terms: [{ kind: dot, left: user, right: item, width: 4 }]
learner:
  optimizer: { kind: sgd, rate: 0.1 }
${more.negatives === undefined ? "" : `  negatives: ${more.negatives}`}
`;

describe("learner.negatives", () => {
  it("take the features of the item's column, or those that are told; a new model's vectors begin as noise", () => {
    const specOf = (negatives: string) => modelSpecOf(parseConfig(yaml({ negatives }), "unbatch.yaml"));
    const { learner, newRows } = specOf("{ perPositive: 4 }");
    expect(learner).toMatchObject({
      link: "bpr",
      negatives: { perPositive: 4, sampling: "uniform", itemFeatures: ["item"] },
    });
    expect(newRows).toEqual({ "dot/user": { noise: 0.1 }, "dot/item": { noise: 0.1 } });
    const told = "{ perPositive: 1, sampling: popularity, itemFeatures: [item, genre] }";
    expect(specOf(told).learner.negatives).toEqual({
      ...{ perPositive: 1, sampling: "popularity", itemFeatures: ["item", "genre"] },
    });
  });

  it.each([
    [{}, "learner: found no negatives; expected learner.negatives, such as"],
    [{ link: "squared", negatives: "{ perPositive: 1 }" }, "found negatives with the squared link"],
    [
      { log: ", user: user_id", negatives: "{ perPositive: 1 }" },
      "found no log.item; expected log.item: a negative",
    ],
    [{ log: ", item: item_id", negatives: "{ perPositive: 1 }" }, "found no log.user"],
    [{ negatives: "{ perPositive: 0 }" }, "learner.negatives.perPositive"],
    [{ negatives: "{ perPositive: 1, sampling: even }" }, "learner.negatives.sampling"],
    [
      { negatives: "{ perPositive: 1, itemFeatures: [item, gener] }" },
      'itemFeatures.1: found "gener", which is no feature; expected "genre"',
    ],
    [
      { log: ", user: user_id, item: sku", negatives: "{ perPositive: 1 }" },
      'found no feature of the column "sku" (log.item)',
    ],
  ])("%o is answered with its line", (more, expected) => {
    const messages = messagesOf(yaml(more));
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(expected);
    expect(messages[0]).toMatch(/^line \d+:\d+/);
  });
});
