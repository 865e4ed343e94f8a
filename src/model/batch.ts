import { gatherCodes, gatherNumbers, isWhole, joinCodes, joinNumbers } from "../core/gather.js";
import { type Bags, gatherBags, joinBags } from "./bags.js";

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
  /** code >= 0: a row of the feature's tables; code < 0: new id number -1 - code, not in the vocabulary yet. */
  | { kind: "rows"; codes: Int32Array }
  | { kind: "values"; values: Float64Array }
  /** Any number of such codes an event. */
  | ({ kind: "bags" } & Bags);

/** What becomes of each array of a batch. */
export interface ColumnChange {
  numbers(values: Float64Array): Float64Array;
  codes(codes: Int32Array): Int32Array;
  bags(bags: Bags): Bags;
}

/** The same batch of `rows` events, with every array of it changed, always in one order. */
export function changeColumns(batch: EventBatch, rows: number, change: ColumnChange): EventBatch {
  const { numbers, codes } = change;
  return {
    rows,
    shownAtMicros: numbers(batch.shownAtMicros),
    knownAtMicros: numbers(batch.knownAtMicros),
    label: numbers(batch.label),
    ...(batch.weight === undefined ? {} : { weight: numbers(batch.weight) }),
    identities: new Map([...batch.identities].map(([name, ids]) => [name, codes(ids)])),
    features: new Map([...batch.features].map(([name, column]) => [name, changeFeature(column, change)])),
    offsets: new Map([...batch.offsets].map(([name, values]) => [name, numbers(values)])),
    ...drawnOf(batch.drawn, ({ event, logProbability }) => ({
      event: codes(event),
      logProbability: numbers(logProbability),
    })),
  };
}

/** The same events in another order, or fewer of them; the batch itself where that is no change. */
export function gatherBatch(batch: EventBatch, order: Int32Array): EventBatch {
  return isWhole(order, batch.rows) ? batch : changeColumns(batch, order.length, gathering(order));
}

function drawnOf(drawn: Drawn | undefined, change: (drawn: Drawn) => Drawn): Pick<EventBatch, "drawn"> {
  return drawn === undefined ? {} : { drawn: change(drawn) };
}

/** The same of one feature. */
export function gatherFeature(column: FeatureColumn, order: Int32Array): FeatureColumn {
  return changeFeature(column, gathering(order));
}

function gathering(order: Int32Array): ColumnChange {
  return {
    numbers: (values) => gatherNumbers(values, order),
    codes: (codes) => gatherCodes(codes, order),
    bags: (bags) => gatherBags(bags, order),
  };
}

function changeFeature(column: FeatureColumn, change: ColumnChange): FeatureColumn {
  switch (column.kind) {
    case "rows":
      return { kind: "rows", codes: change.codes(column.codes) };
    case "values":
      return { kind: "values", values: change.numbers(column.values) };
    case "bags":
      return { kind: "bags", ...change.bags(column) };
  }
}

/** The same events as a model reads them that never learns: every new id is unknown to it. */
export function withoutNewIds(batch: EventBatch, unknownRowOf: (feature: string) => number): EventBatch {
  const features = [...batch.features].map(([name, column]): [string, FeatureColumn] => {
    if (column.kind === "values" || !hasNewIds(column.codes)) return [name, column];
    const unknownRow = unknownRowOf(name);
    return [name, { ...column, codes: column.codes.map((code) => (code < 0 ? unknownRow : code)) }];
  });
  return { ...batch, features: new Map(features) };
}

function hasNewIds(codes: Int32Array): boolean {
  for (let at = 0; at < codes.length; at++) if ((codes[at] ?? 0) < 0) return true;
  return false;
}

/** The events of several batches of one log, one behind the other. */
export function concatBatches(batches: readonly EventBatch[]): EventBatch {
  const [first] = batches;
  if (first === undefined) return emptyBatch();
  if (batches.length === 1) return first;
  const numbers = (of: (batch: EventBatch) => Float64Array | undefined): Float64Array =>
    joinNumbers(batches.map((batch) => of(batch) ?? new Float64Array(batch.rows)));
  const codes = (of: (batch: EventBatch) => Int32Array | undefined): Int32Array =>
    joinCodes(batches.map((batch) => of(batch) ?? new Int32Array(batch.rows)));
  const features = new Map<string, FeatureColumn>();
  for (const [name, { kind }] of first.features) {
    if (kind === "values") features.set(name, { kind, values: numbers((batch) => valuesOf(batch, name)) });
    else if (kind === "rows") features.set(name, { kind, codes: codes((batch) => rowsOf(batch, name)) });
    else features.set(name, { kind, ...joinBags(batches.map((batch) => bagsOf(batch, name))) });
  }
  return {
    rows: batches.reduce((sum, { rows }) => sum + rows, 0),
    shownAtMicros: numbers(({ shownAtMicros }) => shownAtMicros),
    knownAtMicros: numbers(({ knownAtMicros }) => knownAtMicros),
    label: numbers(({ label }) => label),
    ...(first.weight === undefined ? {} : { weight: numbers(({ weight }) => weight) }),
    identities: new Map(
      [...first.identities.keys()].map((name) => [name, codes(({ identities }) => identities.get(name))]),
    ),
    features,
    offsets: new Map(
      [...first.offsets.keys()].map((name) => [name, numbers(({ offsets }) => offsets.get(name))]),
    ),
    ...drawnOf(first.drawn, () => ({
      event: codes(({ drawn }) => drawn?.event),
      logProbability: numbers(({ drawn }) => drawn?.logProbability),
    })),
  };
}

function emptyBatch(): EventBatch {
  const none = new Float64Array(0);
  const maps = { identities: new Map(), features: new Map(), offsets: new Map() };
  return { rows: 0, shownAtMicros: none, knownAtMicros: none, label: none, ...maps };
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

export function bagsOf(batch: EventBatch, feature: string): Bags {
  const column = batch.features.get(feature);
  if (column?.kind !== "bags") throw new TypeError(`batch has no bags for feature ${feature}`);
  return column;
}
