import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Comparison, comparePolicies } from "../../src/compare/compare.js";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import type { LogSource } from "../../src/core/column.js";
import { silent } from "../../src/core/progress.js";
import { openLog } from "../../src/io/log-source.js";
import { writeParquet } from "../../src/io/parquet-writer.js";
import { newModel } from "../../src/model/create.js";
import { encodeSafetensors } from "../../src/model/safetensors.js";
import { type ReadOptions, readEvents } from "../../src/replay/events.js";
import { readBlocks } from "../../src/replay/read-blocks.js";
import { type ReplayOptions, replay } from "../../src/replay/replay.js";

export interface SmallEvent {
  id: number;
  /** Seconds after the first day began. */
  at: number;
  user: string;
  item: string;
  price: number;
  clicked: number;
}

/** A model with every learned term, so that anything that depends on order shows. */
export const YAML = `
version: 1
log: { time: shown_at, label: clicked, known: { after: { positive: 1h, negative: 20h } } }
features:
  - { name: user, encoder: { kind: vocabulary } }
  - { name: item, encoder: { kind: vocabulary } }
  - { name: price, encoder: { kind: dense } }
model:
  terms:
    - { kind: bias }
    - { kind: linear, features: [user, item, price] }
    - { kind: dot, left: user, right: item, width: 3 }
    - { kind: deep, inputs: [{ feature: user, width: 2 }, price], hidden: [3] }
learner:
  optimizer: { kind: adagrad, rate: 0.2, initialAccumulator: 0.1 }
compare:
  pretrain: 2d
  policies:
    - { name: frozen, kind: frozen }
    - { name: all_history, kind: stateless, window: all, every: 1d }
    - { name: warm, kind: warm, every: 1d }
    - { name: window, kind: stateless, window: 2d, every: 1d, epochs: 2, cut: shown }
    - { name: online, kind: online, publishEvery: 3h }
`;

const START_MICROS = Date.UTC(2024, 0, 1) * 1000;

/** Writes the events as one log: a file for each part, cut into row groups of so many rows. */
export function writeLog(
  folder: string,
  parts: readonly (readonly SmallEvent[])[],
  rowGroupRows: number,
): string {
  mkdirSync(folder, { recursive: true });
  parts.forEach((events, index) => {
    if (events.length === 0) return;
    writeParquet(
      join(folder, `part-${String(index).padStart(4, "0")}.parquet`),
      [
        { name: "event_id", kind: "integer", values: Int32Array.from(events, ({ id }) => id) },
        {
          name: "shown_at",
          kind: "timestamp",
          values: Float64Array.from(events, ({ at }) => START_MICROS + at * 1e6),
        },
        { name: "user", kind: "text", values: events.map(({ user }) => user) },
        { name: "item", kind: "text", values: events.map(({ item }) => item) },
        { name: "price", kind: "double", values: Float64Array.from(events, ({ price }) => price) },
        { name: "clicked", kind: "integer", values: Int32Array.from(events, ({ clicked }) => clicked) },
      ],
      rowGroupRows,
    );
  });
  return folder;
}

/** How a log is read: with all that unbatch.yaml names. */
function reading(yaml: string): ReadOptions {
  const { log } = parseConfig(yaml, "unbatch.yaml");
  const spec = modelSpecOf(parseConfig(yaml, "unbatch.yaml"));
  return {
    ...{ log, spec, vocabularies: new Map(), labels: "required", maxRows: 1e6 },
    identities: ["user", "item", "group"],
  };
}

/** Everything a replay gives, as text and bytes: equal means equal to the bit. */
export async function replayed(
  log: string | LogSource,
  yaml = YAML,
  options: Partial<ReplayOptions> = {},
  rowsAtOnce?: number,
): Promise<{ result: string; state: string }> {
  const source = typeof log === "string" ? await openLog([log]) : log;
  const stream = await readBlocks(source, { ...reading(yaml), rowsAtOnce });
  const model = newModel(modelSpecOf(parseConfig(yaml, "unbatch.yaml")));
  const { result, model: after } = await replay(model, stream, {
    windowMicros: 86_400e6,
    frozen: false,
    seconds: () => 0,
    maxRejected: 0,
    progress: silent,
    ...options,
  });
  const ids = [...after.vocabularies].map(([name, { ids, rows, counts }]) => [
    name,
    ids,
    [...rows],
    [...counts],
  ]);
  return {
    result: JSON.stringify(result),
    state: JSON.stringify(ids) + Buffer.from(encodeSafetensors(after.tensors)).toString("hex"),
  };
}

export async function compared(path: string, yaml = YAML): Promise<Comparison> {
  const log = await readEvents(await openLog([path]), { ...reading(yaml), progress: silent });
  const config = parseConfig(yaml, "unbatch.yaml");
  if (config.compare === undefined) throw new Error("no compare");
  return comparePolicies(log, {
    compare: config.compare,
    model: newModel(modelSpecOf(config)),
    checkpoint: { kind: "pretrained", pretrainMicros: config.compare.pretrain ?? 0 },
    cpuSeconds: () => 0,
    progress: silent,
  });
}
