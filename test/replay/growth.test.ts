import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import { seededRandom } from "../../src/core/random.js";
import { packTexts } from "../../src/core/text-list.js";
import type { Kernels } from "../../src/core/wasm.js";
import { loadKernels } from "../../src/io/kernels.js";
import type { EventBatch } from "../../src/model/batch.js";
import { newModel } from "../../src/model/create.js";
import { createLearner } from "../../src/model/create-learner.js";
import { type Learner, plainLearner } from "../../src/model/learner.js";
import { loadState, saveState } from "../../src/model/load.js";
import type { OnlineModel } from "../../src/model/model.js";
import { encodeSafetensors } from "../../src/model/safetensors.js";
import { Learners } from "../../src/replay/learners.js";
import { batchOf, learnedIds } from "../support/learner.js";

/** Blocks of a log: each brings ids that none before it had. */
const BLOCKS = 12;
const BLOCK_ROWS = 53;
const IDS = BLOCKS * BLOCK_ROWS;
const idsOf = (block: number): string[] =>
  Array.from({ length: BLOCK_ROWS }, (_, at) => `id ${block * BLOCK_ROWS + at}`);

function modelOf(terms: string, learner: string): OnlineModel {
  return newModel(
    modelSpecOf(
      parseConfig(
        `version: 1
log: { time: time, label: clicked }
features:
  - { name: user, encoder: { kind: vocabulary } }
  - { name: item, encoder: { kind: hash, buckets: 8 } }
  - { name: price, encoder: { kind: dense } }
model: { terms: [${terms}] }
learner: { optimizer: { kind: adagrad, rate: 0.1 }, ${learner} }
`,
        "unbatch.yaml",
      ),
    ),
  );
}

const LINEAR = "{ kind: bias }, { kind: linear, features: [user, item, price] }";
const models = {
  linear: modelOf(LINEAR, "precision: float64"),
  "linear and dot": modelOf(
    `${LINEAR}, { kind: dot, left: user, right: item, width: 3, noise: 0.1 }`,
    "precision: float64",
  ),
  // Batches of 16 events: one is in hand when the arrays are replaced, after 8 blocks.
  deep: modelOf(
    "{ kind: bias }, { kind: deep, inputs: [{ feature: user, width: 4 }, { feature: item, width: 4 }, price], hidden: [8] }",
    "batchSize: 16, precision: float32",
  ),
};

/** Half of a block's rows are of its own new ids, the others of any that are known by then. */
function blockOf(block: number): EventBatch {
  const random = seededRandom(block);
  const at = Array.from({ length: BLOCK_ROWS }, (_, row) => row);
  const known = (block + 1) * BLOCK_ROWS;
  return batchOf({
    labels: at.map(() => Number(random.uniform() < 0.4)),
    codes: {
      user: at.map((row) =>
        row % 2 === 0 ? -1 - (known - 1 - row) : -1 - Math.floor(known * random.uniform()),
      ),
      item: at.map(() => Math.floor(8 * random.uniform())),
    },
    values: { price: at.map(() => random.normal()) },
  });
}

/** Scores, and everything that was learned. `renewals`: how often the learner was replaced, or its arrays. */
function grown(model: OnlineModel, kernels: Kernels | undefined): { found: string; renewals: number } {
  const learners = new Learners(model, kernels, { publishes: true });
  const scores = new Float64Array(BLOCK_ROWS);
  const hash = createHash("sha256");
  let renewals = 0;
  for (let block = 0; block < BLOCKS; block++) {
    if (learners.addNewIds(new Map([["user", packTexts(idsOf(block))]]))) renewals += 1;
    const batch = blockOf(block);
    learners.learner.over(batch).scoreThenLearn(0, BLOCK_ROWS, scores);
    hash.update(scores);
    learners.publish();
    learners.serving.over(batch).score(0, BLOCK_ROWS, scores);
    hash.update(scores);
  }
  learners.learner.flush();
  return { found: hash.update(ended(model, learners.learner)).digest("hex"), renewals };
}

/** The same where every id is known before the first event. */
function known(model: OnlineModel, kernels: Kernels | undefined): string {
  const ids = new Map([["user", Array.from({ length: BLOCKS }, (_, block) => idsOf(block)).flat()]]);
  const create = (): Learner => {
    const state = loadState(model, ids);
    return kernels === undefined ? plainLearner(state) : createLearner(state, kernels);
  };
  const [learner, serving] = [create(), create()];
  const scores = new Float64Array(BLOCK_ROWS);
  const hash = createHash("sha256");
  for (let block = 0; block < BLOCKS; block++) {
    const batch = blockOf(block);
    learner.over(batch).scoreThenLearn(0, BLOCK_ROWS, scores);
    hash.update(scores);
    serving.state.copyFrom(learner.state, "weights");
    serving.over(batch).score(0, BLOCK_ROWS, scores);
    hash.update(scores);
  }
  learner.flush();
  return hash.update(ended(model, learner)).digest("hex");
}

function ended(model: OnlineModel, { state }: Learner): string {
  const saved = saveState(model, state);
  const rows = learnedIds(state.rows("user"));
  expect(rows.length).toBeGreaterThan(IDS / 2);
  const { ids, counts = new Float64Array() } = saved.vocabularies.get("user") ?? {};
  expect(ids).toEqual(rows.map(({ id }) => id));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(BLOCKS * BLOCK_ROWS);
  return JSON.stringify([rows, ...counts]) + Buffer.from(encodeSafetensors(saved.tensors)).toString("hex");
}

describe("ids that come in mid-run", () => {
  const kernels = loadKernels();

  it.each(Object.entries(models))(
    "%s: the bits of a state that had room for all from the start",
    (_, model) => {
      for (const one of [undefined, kernels]) {
        const { found, renewals } = grown(model, one);
        expect(found).toBe(known(model, one));
        expect(renewals).toBeGreaterThanOrEqual(2);
      }
    },
  );

  it("are the same bits in the kernel and in the plain terms", () => {
    const { linear } = models;
    expect(createLearner(loadState(linear, new Map()), kernels).kernel).toBe("wasm-sparse");
    expect(grown(linear, kernels).found).toBe(grown(linear, undefined).found);
    const dot = models["linear and dot"];
    expect(grown(dot, kernels).found).toBe(grown(dot, undefined).found);
  });

  it("are the same bits on one thread and on two", async () => {
    const { deep } = models;
    const two = loadKernels({ threads: 2 });
    expect(createLearner(loadState(deep, new Map()), two).kernel).toBe("wasm-deep");
    // The second thread has begun once the event loop has turned.
    await new Promise((resolve) => setImmediate(resolve));
    expect(grown(deep, two).found).toBe(grown(deep, kernels).found);
  });
});
