import { gatherCodes, gatherNumbers, isWhole } from "../core/gather.js";

/** Who or what an event is about, beside what the model reads. */
export type Identity = "user" | "item" | "group";

/** What a log becomes: struct of arrays; row r of each array belongs to one event. */
export interface EventBatch {
  rows: number;
  /** When a prediction was needed. */
  shownAtMicros: Float64Array;
  /** When the label could be used; Infinity where it never was. */
  knownAtMicros: Float64Array;
  label: Float64Array;
  weight?: Float64Array;
  /** Numbers that stand for ids, of the columns that unbatch.yaml names and that were asked for; -1 where there is none. */
  identities: ReadonlyMap<Identity, Int32Array>;
  /** By feature name. */
  features: ReadonlyMap<string, FeatureColumn>;
  /** Logged scores of another model, by column name. */
  offsets: ReadonlyMap<string, Float64Array>;
  /** Of a log of positives alone. */
  drawn?: Drawn;
}

/** Rows of events and of the negatives that were drawn for each, which come right behind it. */
export interface Drawn {
  /** The number of the event that each row belongs to. */
  event: Int32Array;
  /** Log of the chance of each row's item to be drawn then. */
  logProbability: Float64Array;
}

/** Encoded values of one feature. */
export type FeatureColumn =
  /** code >= 0: a row of the feature's tables; code < 0: the id newIds[-1 - code], not in the vocabulary yet. */
  { kind: "rows"; codes: Int32Array; newIds: readonly string[] } | { kind: "values"; values: Float64Array };

/** The same events in another order, or fewer of them; the batch itself where that is no change. */
export function gatherBatch(batch: EventBatch, order: Int32Array): EventBatch {
  if (isWhole(order, batch.rows)) return batch;
  const numbers = (values: Float64Array): Float64Array => gatherNumbers(values, order);
  const codes = (values: Int32Array): Int32Array => gatherCodes(values, order);
  const features = new Map<string, FeatureColumn>();
  for (const [name, column] of batch.features) {
    if (column.kind === "values") features.set(name, { kind: "values", values: numbers(column.values) });
    else features.set(name, { ...column, codes: codes(column.codes) });
  }
  return {
    rows: order.length,
    shownAtMicros: numbers(batch.shownAtMicros),
    knownAtMicros: numbers(batch.knownAtMicros),
    label: numbers(batch.label),
    ...(batch.weight === undefined ? {} : { weight: numbers(batch.weight) }),
    identities: new Map([...batch.identities].map(([name, ids]) => [name, codes(ids)])),
    features,
    offsets: new Map([...batch.offsets].map(([name, values]) => [name, numbers(values)])),
    ...(batch.drawn === undefined
      ? {}
      : {
          drawn: {
            event: codes(batch.drawn.event),
            logProbability: numbers(batch.drawn.logProbability),
          },
        }),
  };
}

/** Whether the row is an event itself, and no negative that was drawn for one. */
export function isFirstOfEvent({ drawn }: EventBatch, row: number): boolean {
  return drawn === undefined || row === 0 || drawn.event[row] !== drawn.event[row - 1];
}

/** One past the last row of the event that `row` is the first of: behind it come its negatives. */
export function endOfEvent({ event }: Drawn, row: number): number {
  let end = row + 1;
  while (end < event.length && event[end] === event[row]) end++;
  return end;
}

/** A column that a term reads. Throws where the batch was built for another model: a bug, not bad input. */
export function rowsOf(batch: EventBatch, feature: string): Int32Array {
  const column = batch.features.get(feature);
  if (column?.kind !== "rows") throw new TypeError(`batch has no rows for feature ${feature}`);
  return column.codes;
}

export function valuesOf(batch: EventBatch, feature: string): Float64Array {
  const column = batch.features.get(feature);
  if (column?.kind !== "values") throw new TypeError(`batch has no values for feature ${feature}`);
  return column.values;
}
