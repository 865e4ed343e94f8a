import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import type { LogSource } from "../../src/core/column.js";
import { silent } from "../../src/core/progress.js";
import { seededRandom } from "../../src/core/random.js";
import { newModel } from "../../src/model/create.js";
import type { OnlineModel } from "../../src/model/model.js";
import { type EventLog, type ReadOptions, readEvents } from "../../src/replay/events.js";
import { readBlocks } from "../../src/replay/read-blocks.js";
import { type Replayed, type ReplayOptions, replay } from "../../src/replay/replay.js";
import { memoryLog } from "./log.js";

/** What a user took, and when (seconds after the first day began). */
export interface Taken {
  id: number;
  at: number;
  user: string;
  item: string;
  /** The item's own, and it changes. */
  price: number;
  rating: number;
}

export const START_MICROS: number = Date.UTC(2024, 0, 1) * 1000;

export const positivesYaml = (more: {
  log?: string;
  link?: string;
  negatives?: string;
  terms?: string;
}): string => `
version: 1
log: { time: at, user: user, item: item, eventId: id${more.log ?? ""} }
features:
  - { name: user, encoder: { kind: vocabulary } }
  - { name: item, encoder: { kind: vocabulary } }
  - { name: price, encoder: { kind: dense } }
model:
  link: ${more.link ?? "bpr"}
  terms:
    - { kind: bias }
    ${more.terms ?? "- { kind: linear, features: [item, price] }\n    - { kind: dot, left: user, right: item, width: 8 }"}
learner:
  optimizer: { kind: adagrad, rate: 0.1 }
  negatives: { perPositive: 3, itemFeatures: [item, price]${more.negatives ?? ""} }
`;

/** A log of these files, in the order that the events are given in, and the model that begins from it. */
function opened(
  events: readonly Taken[],
  yaml: string,
  files: readonly (readonly number[])[],
): { source: LogSource; model: OnlineModel; options: ReadOptions } {
  const config = parseConfig(yaml, "unbatch.yaml");
  const spec = modelSpecOf(config);
  const source = memoryLog(
    {
      id: { type: "integer", cells: events.map(({ id }) => id) },
      at: { type: "timestamp", cells: events.map(({ at }) => START_MICROS + at * 1e6) },
      user: { type: "text", cells: events.map(({ user }) => user) },
      item: { type: "text", cells: events.map(({ item }) => item) },
      price: { type: "float", cells: events.map(({ price }) => price) },
      rating: { type: "integer", cells: events.map(({ rating }) => rating) },
    },
    files,
  );
  const options = {
    log: config.log,
    spec,
    vocabularies: new Map(),
    labels: "required",
    maxRows: 1e6,
  } as const;
  return { source, model: newModel(spec), options };
}

export async function positivesLog(
  events: readonly Taken[],
  yaml: string,
  files: readonly (readonly number[])[] = [[events.length]],
  rowsAtOnce?: number,
): Promise<{ log: EventLog; model: OnlineModel }> {
  const { source, model, options } = opened(events, yaml, files);
  return { log: await readEvents(source, { ...options, rowsAtOnce, progress: silent }), model };
}

/** The same, replayed. */
export async function replayPositives(
  events: readonly Taken[],
  yaml: string,
  more: Partial<ReplayOptions> = {},
  rowsAtOnce?: number,
): Promise<Replayed> {
  const { source, model, options } = opened(events, yaml, [[events.length]]);
  return replay(model, await readBlocks(source, { ...options, rowsAtOnce }), {
    ...{ windowMicros: 86_400e6, frozen: false, maxRejected: 0, seconds: () => 0, progress: silent },
    ...more,
  });
}

/**
 * Users who take items of one of four kinds for the most part, popular ones of it more often; half of the way through,
 * every user turns to another kind.
 */
export function clusteredEvents(count: number, seed: number): Taken[] {
  const random = seededRandom(seed);
  const below = (size: number): number => Math.floor(random.uniform() * size);
  return Array.from({ length: count }, (_, id): Taken => {
    const user = below(60);
    const turn = id < count / 2 ? 0 : 1;
    const kind = random.uniform() < 0.9 ? (user + turn) % 4 : below(4);
    const place = Math.floor(20 * random.uniform() ** 2);
    return {
      ...{ id, at: 600 * id, user: `user ${user}`, item: `item ${4 * place + kind}` },
      ...{ price: below(5), rating: 5 },
    };
  });
}
