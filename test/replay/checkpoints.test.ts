import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import { bytesInMemory } from "../../src/core/bytes.js";
import { incomplete, UnbatchError } from "../../src/core/errors.js";
import { arrowVocabulary } from "../../src/io/arrow.js";
import { loadKernels } from "../../src/io/kernels.js";
import { decodeModel, encodeModel } from "../../src/model/folder.js";
import { encodeSafetensors } from "../../src/model/safetensors.js";
import type { CheckpointOptions, Reached } from "../../src/replay/checkpoints.js";
import { replayed } from "../properties/small-log.js";
import { FAMILIES, type Family, yamlOf } from "../support/families.js";
import { memoryLog } from "../support/log.js";
import { clusteredEvents } from "../support/positives.js";

const START_MICROS = Date.UTC(2024, 0, 1) * 1000;
const EVENTS = clusteredEvents(400, 7);
const kernels = loadKernels();

function logOf(rows: number, priceOf: (id: number) => number = (id) => id % 5) {
  const events = EVENTS.slice(0, rows);
  return memoryLog({
    shown_at: { type: "timestamp", cells: events.map(({ id }) => START_MICROS + 600e6 * (id >> 1)) },
    user: { type: "text", cells: events.map(({ id, user }) => `${user}|u${id % 7}`) },
    item: { type: "text", cells: events.map(({ item }) => item) },
    price: { type: "float", cells: events.map(({ id }) => priceOf(id)) },
    clicked: { type: "integer", cells: events.map(({ id }) => (id % 3 === 0 ? 0 : 1)) },
  });
}

interface Written {
  reached: Reached;
  state: string;
}

/** Checkpoints as they would lie on disk, of which the first `most` are written. */
function recorded(everyRows: number, most = Number.POSITIVE_INFINITY) {
  const written: Written[] = [];
  const checkpoints: CheckpointOptions = {
    everyRows,
    path: "runs/out.checkpoint",
    async write(model, reached) {
      if (written.length === most) throw incomplete({ where: "runs/out.checkpoint", found: "no space" });
      const record = { writtenBy: "test", source: { kind: "log" }, tensors: [] } as const;
      const files = encodeModel(model, arrowVocabulary, record);
      const open = (name: string) => bytesInMemory(name, files.get(name) ?? new Uint8Array());
      const read = decodeModel(open, arrowVocabulary, "checkpoint");
      const ids = [...read.model.vocabularies].map(([name, { ids, rows, counts }]) => [
        name,
        ids,
        [...rows],
        [...counts],
      ]);
      const tensors = Buffer.from(encodeSafetensors(read.model.tensors)).toString("hex");
      written.push({ reached, state: JSON.stringify(ids) + tensors });
    },
  };
  return { written, checkpoints };
}

const kernelsOf = ({ kernel }: Family) => (kernel === "plain" ? {} : { kernels });

describe("checkpoints", () => {
  it.each(FAMILIES)("$name: change no bit, and are the same however the log is read", async (family) => {
    const yaml = yamlOf(family);
    const without = await replayed(logOf(400), yaml, kernelsOf(family));
    const found: Written[][] = [];
    for (const rowsAtOnce of [400, 1, 37]) {
      const { written, checkpoints } = recorded(70);
      const options = { ...kernelsOf(family), checkpoints };
      expect(await replayed(logOf(400), yaml, options, rowsAtOnce)).toEqual(without);
      found.push(written);
    }
    const [first, ...others] = found;
    expect(first?.length).toBeGreaterThanOrEqual(5);
    for (const other of others) expect(other).toEqual(first);
    expect(new Set(first?.map(({ state }) => state)).size).toBe(first?.length);
  });

  it.each(FAMILIES.filter(({ log }) => log === ""))(
    "$name: each is the model that a log of the rows until then ends in",
    async (family) => {
      const yaml = yamlOf(family, "{ after: 0s }");
      const { batchSize } = modelSpecOf(parseConfig(yaml, "unbatch.yaml")).learner;
      const { written, checkpoints } = recorded(60);
      await replayed(logOf(400), yaml, { ...kernelsOf(family), checkpoints }, 100);
      // Whole mini-batches.
      const every = batchSize * Math.ceil(60 / batchSize);
      expect(written.map(({ reached }) => reached.rowsLearned)).toEqual(
        Array.from({ length: Math.floor(400 / every) }, (_, at) => every * (at + 1)),
      );
      for (const { reached, state } of written) {
        const ended = await replayed(logOf(reached.rowsLearned), yaml, kernelsOf(family));
        expect(state).toBe(ended.state);
        expect(reached.lastLearnedMicros).toBe(START_MICROS + 600e6 * ((reached.rowsLearned - 1) >> 1));
      }
    },
  );

  it("are not written by a run that learns nothing", async () => {
    const { written, checkpoints } = recorded(10);
    const [family] = FAMILIES;
    if (family === undefined) throw new Error("no family");
    await replayed(logOf(400), yamlOf(family), { checkpoints, frozen: true });
    expect(written).toEqual([]);
  });

  it("are named, with how far they came, by an error that ends the run", async () => {
    const [family] = FAMILIES;
    if (family === undefined) throw new Error("no family");
    for (const most of [0, 1, 3]) {
      const { written, checkpoints } = recorded(70, most);
      const error: unknown = await replayed(logOf(400), yamlOf(family, "{ after: 0s }"), {
        checkpoints,
      }).catch((thrown: unknown) => thrown);
      if (!(error instanceof UnbatchError)) throw error;
      expect([error.exitCode, error.parts.found, written.length]).toEqual([3, "no space", most]);
      const at = new Date((START_MICROS + 600e6 * ((70 * most - 1) >> 1)) / 1000).toISOString();
      const left = `the last good checkpoint, runs/out.checkpoint, has learned ${70 * most} rows, the last of which was known at ${at.replace(".000Z", "Z")}`;
      expect(error.parts.next).toBe(most === 0 ? undefined : left);
    }
  });

  it("stop the run before one is written that is not finite, though its weights are", async () => {
    const yaml = `version: 1
log: { time: shown_at, label: clicked }
features: [{ name: price, encoder: { kind: dense } }]
model: { terms: [{ kind: linear, features: [price] }] }
learner: { optimizer: { kind: adagrad, rate: 0.1 }, precision: float32 }
`;
    // Its square is beyond float32.
    const log = logOf(400, (id) => (id === 99 ? 1e25 : 1));
    for (const options of [{}, { kernels }]) {
      const { written, checkpoints } = recorded(40);
      await replayed(log, yaml, options);
      await expect(replayed(log, yaml, { ...options, checkpoints })).rejects.toMatchObject({
        exitCode: 3,
        parts: {
          where: "term linear, price, row 0",
          found: "accumulator of Infinity (rate 0.1)",
          next: expect.stringMatching(/lower the rate of linear .*; the last good checkpoint, .* 80 rows/),
        },
      });
      expect(written.map(({ reached }) => reached.rowsLearned)).toEqual([40, 80]);
    }
  });
});
