import type { FeatureConfig } from "../../config/config.js";
import type { Column, ListColumn } from "../../core/column.js";
import { elementsOf, type Tensor } from "../../core/tensor.js";
import type { BoundLeaves } from "../bind-leaves.js";
import type { Bound, BoundTable, Source } from "../bound.js";
import { marginsOf } from "../trees.js";
import { plainNumbers } from "./arithmetic.js";
import { type Logged, loggedAt } from "./rows.js";
import { sourceBag } from "./source-bag.js";
import { type SourceIds, type SourceValue, sourceEncode, sourceIds } from "./source-encode.js";
import type { SourceReader } from "./source-network.js";
import { sourceScore } from "./source-terms.js";

/**
 * The score of a row from the tensors of the checkpoint as they stand there, in float64 with the plainest loops that
 * do it: the other side of the parity check, sharing no code with the learner. Undefined where a value cannot be
 * encoded.
 */
export function sourceScorer(
  source: Source,
  bound: Bound,
): (columns: ReadonlyMap<string, Column | ListColumn>, row: number) => number | undefined {
  const tables = new Map(bound.tables.map((table) => [table.table, sourceReader(source, table)]));
  const encode = sourceEncoder(source, bound);
  const from = {
    ...{ numbers: plainNumbers, norms: bound.norms, tensor: tensorReader(source), layout: bound.layout },
    table: (name: string): SourceReader<number> | undefined => tables.get(name),
  };
  return (columns, row) => {
    const values = encode(columns, row);
    if (values === undefined) return undefined;
    const { scale, shift } = bound.calibration;
    const { leaves } = bound;
    if (leaves !== undefined) return scale * margin(source, leaves, values) + shift;
    return scale * sourceScore(bound.terms, values, from) + shift;
  };
}

/** All numbers of a tensor, decoded once; none where there is no such. */
export function tensorReader({ checkpoint }: Source): (name: string) => ArrayLike<number | bigint> {
  const decoded = new Map<string, ArrayLike<number | bigint>>();
  return (name) => {
    const values = decoded.get(name) ?? checkpoint.tensors.get(name)?.values() ?? [];
    decoded.set(name, values);
    return values;
  };
}

/** What each feature is for the source in a row, by unbatch.yaml alone. Undefined where one cannot be encoded. */
export function sourceEncoder(
  source: Source,
  bound: Bound,
): (
  columns: ReadonlyMap<string, Column | ListColumn>,
  row: number,
) => ReadonlyMap<string, SourceValue> | undefined {
  const cached = new Map<string, SourceValue>();
  const idsOf = (name: string): SourceIds => {
    const ids = sourceIds(source.vocabularies.get(name) ?? new Map());
    // Codes of categories have no padding row.
    return bound.leaves === undefined ? ids : { ...ids, isZeroFree: false };
  };
  const ids = new Map(source.config.features.map(({ name }) => [name, idsOf(name)]));
  const encode = (feature: FeatureConfig, logged: Logged, weights: Logged): SourceValue => {
    const { name } = feature;
    const idRows = ids.get(name);
    if (idRows === undefined) return undefined;
    if (feature.bag !== undefined || typeof logged === "object")
      return sourceBag(feature, logged, weights, idRows);
    const key = `${name}\0${typeof logged}\0${logged}`;
    if (cached.has(key)) return cached.get(key);
    const value = sourceEncode(feature, logged, idRows);
    cached.set(key, value);
    return value;
  };
  return (columns, row) => {
    const values = new Map<string, SourceValue>();
    for (const feature of source.config.features) {
      const { name, column = name, bag } = feature;
      const weights = bag?.weights === undefined ? undefined : loggedAt(columns.get(bag.weights), row);
      const value = encode(feature, loggedAt(columns.get(column), row), weights);
      if (value === undefined) return undefined;
      values.set(name, value);
    }
    return values;
  };
}

/** Through the trees as they were read. */
function margin(
  { checkpoint }: Source,
  leaves: BoundLeaves,
  values: ReadonlyMap<string, SourceValue>,
): number {
  const row = leaves.featureOf.map((feature) => {
    const value = values.get(feature ?? "");
    if (typeof value !== "object" || "bag" in value) return Number.NaN;
    return "value" in value ? value.value : value.row;
  });
  return checkpoint.trees === undefined
    ? Number.NaN
    : (marginsOf(checkpoint.trees, row)[leaves.output] ?? Number.NaN);
}

/** A table's stretch of its tensor, as it stands there. */
export function sourceReader({ checkpoint, vocabularies }: Source, table: BoundTable): SourceReader<number> {
  const tensor = checkpoint.tensors.get(table.tensor);
  const elements = elementsIn(tensor, table);
  const inputs = tensor?.shape[1] ?? 0;
  const at = (row: number, k: number): number =>
    (table.sign ?? 1) *
    elements(
      table.layout === "transposed"
        ? k * inputs + table.firstRow + row
        : (table.firstRow + row) * table.width + k,
    );
  let means: readonly number[] | undefined;
  const unknown = (k: number): number => {
    means ??= meansOf(new Set(vocabularies.get(table.feature ?? "")?.values() ?? []), table.width, at);
    return means[k] ?? Number.NaN;
  };
  return { at, unknown: table.term === "linear" ? () => 0 : unknown };
}

function meansOf(rows: ReadonlySet<number>, width: number, at: SourceReader<number>["at"]): number[] {
  const sums = new Array<number>(width).fill(0);
  for (const row of rows) for (let k = 0; k < width; k++) sums[k] = (sums[k] ?? 0) + at(row, k);
  return sums.map((sum) => sum / rows.size);
}

/** Numbers of a tensor by their place. Of rows that ids pick, only those are read; a layer is held, as every event reads it all. */
export function elementsIn(tensor: Tensor | undefined, { feature }: BoundTable): (at: number) => number {
  if (tensor === undefined) return () => Number.NaN;
  if (feature !== undefined) return elementsOf(tensor);
  const values = tensor.values();
  return (at) => Number(values[at]);
}
