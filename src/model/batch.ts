import { gatherCodes, gatherNumbers, isWhole } from "../core/gather.js";
import { type Bags, gatherBags } from "./bags.js";

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
}

/** Encoded values of one feature. */
export type FeatureColumn =
  /** code >= 0: a row of the feature's tables; code < 0: the id newIds[-1 - code], not in the vocabulary yet. */
  | { kind: "rows"; codes: Int32Array; newIds: readonly string[] }
  | { kind: "values"; values: Float64Array }
  /** Any number of such codes an event. */
  | ({ kind: "bags"; newIds: readonly string[] } & Bags);

/** The same events in another order, or fewer of them; the batch itself where that is no change. */
export function gatherBatch(batch: EventBatch, order: Int32Array): EventBatch {
  if (isWhole(order, batch.rows)) return batch;
  const numbers = (values: Float64Array): Float64Array => gatherNumbers(values, order);
  const codes = (values: Int32Array): Int32Array => gatherCodes(values, order);
  return {
    rows: order.length,
    shownAtMicros: numbers(batch.shownAtMicros),
    knownAtMicros: numbers(batch.knownAtMicros),
    label: numbers(batch.label),
    ...(batch.weight === undefined ? {} : { weight: numbers(batch.weight) }),
    identities: new Map([...batch.identities].map(([name, ids]) => [name, codes(ids)])),
    features: new Map([...batch.features].map(([name, column]) => [name, gatherFeature(column, order)])),
    offsets: new Map([...batch.offsets].map(([name, values]) => [name, numbers(values)])),
  };
}

/** The same of one feature. */
export function gatherFeature(column: FeatureColumn, order: Int32Array): FeatureColumn {
  switch (column.kind) {
    case "rows":
      return { ...column, codes: gatherCodes(column.codes, order) };
    case "values":
      return { kind: "values", values: gatherNumbers(column.values, order) };
    case "bags":
      return { ...column, ...gatherBags(column, order) };
  }
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
