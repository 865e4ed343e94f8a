import type { ModelSpec } from "../core/model-spec.js";
import { tableShapes } from "../core/table-shapes.js";
import { partsOf, type Tensor } from "../core/tensor.js";
import type { EventBatch, FeatureColumn } from "./batch.js";
import { STEPS } from "./load.js";
import type { OnlineModel } from "./model.js";
import { featureSizes } from "./sizes.js";

type Codes = Exclude<FeatureColumn, { kind: "values" }>;

/**
 * What scoring these events reads of a model, as a model of its own: of tables by id the rows that they have, numbered
 * anew in the same order, and the events by those numbers. Tables of gigabytes need not be held for some thousand events.
 * An id that has no row yet is the unknown one, as it is until it is learned.
 */
export function narrowModel(
  model: OnlineModel,
  batch: EventBatch,
): { model: OnlineModel; batch: EventBatch } {
  const { spec } = model;
  const tensors = new Map(model.tensors);
  const vocabularies = new Map(model.vocabularies);
  const columns = new Map(batch.features);
  const sizes = featureSizes(model);
  const features = spec.features.map((feature): ModelSpec["features"][number] => {
    const { name } = feature;
    const [column, size] = [columns.get(name), sizes.get(name)];
    const tables = tablesOver(name, spec);
    // Tables without weights begin by their ids; trees read the codes themselves.
    const isWhole = tables.some((table) => tensors.get(`${table}/weight`)?.shape[0] !== size?.rows);
    if (column === undefined || column.kind === "values" || size === undefined) return feature;
    if (tables.length === 0 || isWhole || isReadByTrees(name, spec)) return feature;
    const rows = rowsOf(column, size.unknownRow);
    columns.set(name, { ...column, codes: renumbered(column, size.unknownRow, rows) });
    vocabularies.delete(name);
    for (const table of tables)
      for (const [key, tensor] of tensors)
        if (key.startsWith(`${table}/`) && key !== `${table}/${STEPS}` && tensor.shape[0] === size.rows)
          tensors.set(key, rowsOfTensor(tensor, rows));
    return { ...feature, encoder: { kind: "identity", size: rows.length, outOfRange: "reject" } };
  });
  return {
    model: { ...model, spec: { ...spec, features }, tensors, vocabularies },
    batch: { ...batch, features: columns },
  };
}

function tablesOver(feature: string, spec: ModelSpec): string[] {
  return spec.terms
    .flatMap((term) => tableShapes(term, spec))
    .flatMap(({ name, rows }) => (typeof rows === "object" && rows.feature === feature ? [name] : []));
}

function isReadByTrees(feature: string, { terms }: ModelSpec): boolean {
  return terms.some((term) => term.kind === "leaves" && term.features.includes(feature));
}

/** The rows that these codes stand for, each once, in order. */
function rowsOf({ codes }: Codes, unknownRow: number): Int32Array {
  const rows = new Set<number>();
  for (const code of codes) rows.add(code < 0 ? unknownRow : code);
  return Int32Array.from(rows)
    .sort()
    .filter((row) => row >= 0);
}

/** Codes of rows that there are none of stay below 0. */
function renumbered({ codes }: Codes, unknownRow: number, rows: Int32Array): Int32Array {
  const numbers = new Map(Array.from(rows, (row, number) => [row, number]));
  return codes.map((code) => numbers.get(code < 0 ? unknownRow : code) ?? -1);
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
