import { expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import { silent } from "../../src/core/progress.js";
import { loadKernels } from "../../src/io/kernels.js";
import { newModel } from "../../src/model/create.js";
import { createLearner } from "../../src/model/create-learner.js";
import { loadState } from "../../src/model/load.js";
import type { ModelState } from "../../src/model/state.js";
import { readEvents } from "../../src/replay/events.js";
import { memoryLog } from "../support/log.js";

const kernels = loadKernels();
const NOTHING = "{ kind: adagrad, rate: 0.5, initialAccumulator: 0, epsilon: 1e-300 }";

/** One event of label 1 at a score of 0 (gradient -1), where every text is hashed to row 0. */
async function learned(
  features: string,
  terms: string,
  more = "",
): Promise<{ state: ModelState; kernel: string }> {
  const config = parseConfig(
    `version: 1
log: { time: at, label: liked }
features: [${features}]
model: { link: squared, terms: [${terms}] }
learner: { optimizer: ${NOTHING}${more} }
`,
    "unbatch.yaml",
  );
  const spec = modelSpecOf(config);
  const source = memoryLog({
    at: { type: "timestamp", cells: [Date.UTC(2024, 0, 1) * 1000] },
    liked: { type: "integer", cells: [1] },
    user: { type: "text", cells: ["ann"] },
    item: { type: "text", cells: ["tea"] },
    tags: { type: "text", cells: ["hot|sweet"] },
  });
  const { events } = await readEvents(source, {
    ...{ log: config.log, spec, vocabularies: new Map(), labels: "required", maxRows: 9, progress: silent },
  });
  const state = loadState(newModel(spec), new Map());
  const learner = createLearner(state, kernels);
  learner.over(events).learn(0, events.rows);
  learner.flush();
  return { state, kernel: learner.kernel };
}

const hashed = (name: string, more = ""): string =>
  `{ name: ${name}, encoder: { kind: hash, buckets: 1, function: farmhash64 }${more} }`;
const both = "{ kind: linear, features: [user, item] }";

it.each([
  ["wasm-sparse", both, ""],
  ["plain", both, ", batchSize: 2"],
  [
    "wasm-deep",
    `${both}, { kind: deep, inputs: [{ feature: user, width: 2 }], hidden: [], noise: 0 }`,
    ", precision: float32",
  ],
] as const)(
  "two features that hash to one row in one event are both applied: %s",
  async (kernel, terms, more) => {
    const found = await learned(`${hashed("user")}, ${hashed("item")}`, terms, more);
    expect(found.kernel).toBe(kernel);
    // Adagrad's first step is the rate, whatever the gradient.
    for (const table of ["linear/user", "linear/item"]) {
      const { weights, slots } = found.state.table(table);
      expect([table, weights[0], slots[0]?.[0]]).toEqual([table, 0.5, 1]);
    }
  },
);

it("two values of a bag that hash to one row have their gradients summed once", async () => {
  const bag = (combine: string): string => hashed("tags", `, bag: { combine: ${combine}, split: "|" }`);
  const terms = "{ kind: linear, features: [tags] }";
  // A gradient of -2 (a mean: of -1) squared once, and not of -1 twice.
  for (const [combine, squares] of [
    ["sum", 4],
    ["mean", 1],
  ] as const) {
    const { weights, slots } = (await learned(bag(combine), terms)).state.table("linear/tags");
    expect([weights[0], slots[0]?.[0]]).toEqual([0.5, squares]);
  }
});
