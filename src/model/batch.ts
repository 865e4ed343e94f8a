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
  { kind: "rows"; codes: Int32Array; newIds: readonly string[] } | { kind: "values"; values: Float64Array };

/** The same events in another order, or fewer of them. */
export function gatherBatch(batch: EventBatch, order: Int32Array): EventBatch {
  const take = (values: Float64Array): Float64Array =>
    Float64Array.from(order, (row) => values[row] ?? Number.NaN);
  const takeCodes = (codes: Int32Array): Int32Array => Int32Array.from(order, (row) => codes[row] ?? 0);
  const features = new Map<string, FeatureColumn>();
  for (const [name, column] of batch.features) {
    if (column.kind === "values") features.set(name, { kind: "values", values: take(column.values) });
    else {
      features.set(name, { ...column, codes: takeCodes(column.codes) });
    }
  }
  return {
    rows: order.length,
    shownAtMicros: take(batch.shownAtMicros),
    knownAtMicros: take(batch.knownAtMicros),
    label: take(batch.label),
    ...(batch.weight === undefined ? {} : { weight: take(batch.weight) }),
    identities: new Map([...batch.identities].map(([name, codes]) => [name, takeCodes(codes)])),
    features,
    offsets: new Map([...batch.offsets].map(([name, values]) => [name, take(values)])),
  };
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
