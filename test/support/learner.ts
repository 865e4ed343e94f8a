import type { EventBatch, FeatureColumn } from "../../src/model/batch.js";
import type { FeatureRows } from "../../src/model/feature-rows.js";

/** A batch made by hand: categorical codes and dense values by feature name. */
export function batchOf(options: {
  labels: readonly number[];
  codes?: Record<string, readonly number[]>;
  newIds?: Record<string, readonly string[]>;
  values?: Record<string, readonly number[]>;
  offsets?: Record<string, readonly number[]>;
  users?: readonly number[];
  items?: readonly number[];
  shownAt?: readonly number[];
  knownAt?: readonly number[];
  weights?: readonly number[];
}): EventBatch {
  const features = new Map<string, FeatureColumn>();
  for (const [name, codes] of Object.entries(options.codes ?? {})) {
    features.set(name, { kind: "rows", codes: Int32Array.from(codes) });
  }
  for (const [name, values] of Object.entries(options.values ?? {})) {
    features.set(name, { kind: "values", values: Float64Array.from(values) });
  }
  const rows = options.labels.length;
  const times = Float64Array.from({ length: rows }, (_, row) => row);
  return {
    rows,
    shownAtMicros: Float64Array.from(options.shownAt ?? times),
    knownAtMicros: Float64Array.from(options.knownAt ?? times),
    identities: new Map([
      ...(options.users === undefined ? [] : [["user", Int32Array.from(options.users)] as const]),
      ...(options.items === undefined ? [] : [["item", Int32Array.from(options.items)] as const]),
    ]),
    label: Float64Array.from(options.labels),
    ...(options.weights === undefined ? {} : { weight: Float64Array.from(options.weights) }),
    features,
    offsets: new Map(
      Object.entries(options.offsets ?? {}).map(([name, list]) => [name, Float64Array.from(list)]),
    ),
  };
}

/** New ids that have a row by now, with that row, in row order. */
export function learnedIds(rows: FeatureRows): { id: string; row: number }[] {
  return Array.from(rows.newIdsInRowOrder(), (index) => ({
    id: rows.newIds.stringAt(index),
    row: rows.rowOf(-1 - index),
  }));
}
