import type { EncoderSpec, FeatureSpec, ModelSpec } from "../core/model-spec.js";
import { tableShapes } from "../core/table-shapes.js";
import { partsOf, type Tensor } from "../core/tensor.js";
import type { EventBatch } from "./batch.js";
import { STEPS } from "./load.js";
import type { OnlineModel } from "./model.js";
import { featureSizes } from "./sizes.js";

/** A model of fewer rows, events by their numbers there, and of each feature whose rows are fewer the row that each was. */
export interface Narrow {
  model: OnlineModel;
  batch: EventBatch;
  rows: ReadonlyMap<string, Int32Array>;
}

/**
 * What these events read of a model, as a model of its own: of tables by id the rows that they have, numbered anew in the
 * same order, and the row of an unknown id. It scores and learns them as the whole does; tables of gigabytes need not be
 * held for some thousand events. New ids stay as they are.
 */
export function narrowModel(model: OnlineModel, batch: EventBatch): Narrow {
  const { spec } = model;
  const tensors = new Map(model.tensors);
  const vocabularies = new Map(model.vocabularies);
  const columns = new Map(batch.features);
  const narrowed = new Map<string, Int32Array>();
  const sizes = featureSizes(model);
  const features = spec.features.map((feature): FeatureSpec => {
    const { name } = feature;
    const [column, size] = [columns.get(name), sizes.get(name)];
    const tables = tablesOver(name, spec);
    // Tables without weights begin by their ids; trees read the codes themselves.
    const isWhole = tables.some((table) => tensors.get(`${table}/weight`)?.shape[0] !== size?.rows);
    if (column === undefined || column.kind === "values" || size === undefined) return feature;
    if (tables.length === 0 || isWhole || isReadByTrees(name, spec)) return feature;
    const { unknownRow } = size;
    const rows = rowsOf(column.codes, unknownRow);
    const numbers = new Map(Array.from(rows, (row, number) => [row, number]));
    columns.set(name, { ...column, codes: column.codes.map((code) => numbers.get(code) ?? code) });
    narrowed.set(name, rows);
    vocabularies.delete(name);
    for (const table of tables)
      for (const [key, tensor] of tensors)
        if (isOf(table, key) && key !== `${table}/${STEPS}` && tensor.shape[0] === size.rows)
          tensors.set(key, rowsOfTensor(tensor, rows));
    return { ...feature, encoder: encoderOf(rows.length, numbers.get(unknownRow)) };
  });
  return {
    model: { ...model, spec: { ...spec, features }, tensors, vocabularies },
    batch: { ...batch, features: columns },
    rows: narrowed,
  };
}

function encoderOf(size: number, unknownRow: number | undefined): EncoderSpec {
  return unknownRow === undefined
    ? { kind: "identity", size, outOfRange: "reject" }
    : { kind: "vocabulary", unknown: { rule: "grow", row: unknownRow } };
}

/** Names of features may have a slash; those of a table's tensors do not. */
function isOf(table: string, key: string): boolean {
  return key.slice(0, key.lastIndexOf("/")) === table;
}

function tablesOver(feature: string, spec: ModelSpec): string[] {
  return spec.terms
    .flatMap((term) => tableShapes(term, spec))
    .flatMap(({ name, rows }) => (typeof rows === "object" && rows.feature === feature ? [name] : []));
}

function isReadByTrees(feature: string, { terms }: ModelSpec): boolean {
  return terms.some((term) => term.kind === "leaves" && term.features.includes(feature));
}

/** Each once, in order. */
function rowsOf(codes: Int32Array, unknownRow: number): Int32Array {
  const rows = new Set(codes).add(unknownRow);
  return Int32Array.from(rows)
    .filter((row) => row >= 0)
    .sort();
}

/** Rows that are read at once. */
const NEAR = 64;

function rowsOfTensor(tensor: Tensor, rows: Int32Array): Tensor {
  const { name, dtype, shape } = tensor;
  const [count = 0, width = 0] = shape;
  const values = new (dtype === "float32" ? Float32Array : Float64Array)(rows.length * width);
  const read = partsOf(tensor);
  for (let at = 0; at < rows.length; ) {
    const first = rows[at] ?? 0;
    const end = Math.min(count, first + NEAR);
    const part = read(first * width, end * width);
    for (; at < rows.length && (rows[at] ?? 0) < end; at++) {
      const from = ((rows[at] ?? 0) - first) * width;
      for (let k = 0; k < width; k++) values[at * width + k] = Number(part[from + k]);
    }
  }
  return { name, dtype, shape: [rows.length, width], values: () => values };
}
