import type { EncoderSpec, ModelSpec } from "../core/model-spec.js";
import type { OnlineModel } from "./model.js";
import { type TableShape, tableShapes } from "./table-shapes.js";

/** An embedding table that two models have, its vectors matched by id: row r of both belongs to the same id. */
export interface MatchedTable {
  table: string;
  feature: string;
  width: number;
  rows: number;
  before: Float64Array;
  after: Float64Array;
  /** Ids of one model alone. */
  onlyBefore: number;
  onlyAfter: number;
}

/** A table that cannot be matched, and why. */
export interface UnmatchedTable {
  table: string;
  why: string;
}

/**
 * The embedding tables (rows of a feature's ids, wider than one number) of two models. Vocabularies are matched by id,
 * wherever its row stands; the rows of an encoder that is fixed (hash, identity, bucketize) by row, where both models
 * have that same encoder. Rows that no id has, such as the one of unknown ids, take no part. O(rows x width).
 */
export function matchTables(
  before: OnlineModel,
  after: OnlineModel,
): { matched: MatchedTable[]; unmatched: UnmatchedTable[] } {
  const matched: MatchedTable[] = [];
  const unmatched: UnmatchedTable[] = [];
  const shapes = new Map(embeddingTables(after.spec).map((shape) => [shape.name, shape]));
  for (const shape of embeddingTables(before.spec)) {
    const other = shapes.get(shape.name);
    shapes.delete(shape.name);
    const found = other === undefined ? "in the first model alone" : matchTable(before, after, shape, other);
    if (typeof found === "string") unmatched.push({ table: shape.name, why: found });
    else matched.push(found);
  }
  for (const table of shapes.keys()) unmatched.push({ table, why: "in the second model alone" });
  return { matched, unmatched };
}

type EmbeddingShape = TableShape & { rows: { feature: string } };

function embeddingTables(spec: ModelSpec): EmbeddingShape[] {
  return spec.terms.flatMap((term) => tableShapes(term, spec)).filter(isEmbedding);
}

function isEmbedding(shape: TableShape): shape is EmbeddingShape {
  return typeof shape.rows !== "number" && shape.width > 1;
}

function matchTable(
  before: OnlineModel,
  after: OnlineModel,
  shape: EmbeddingShape,
  other: EmbeddingShape,
): MatchedTable | string {
  const { name, width } = shape;
  if (width !== other.width) return `${width} dimensions in the first model, ${other.width} in the second`;
  const from = before.tensors.get(`${name}/weight`)?.values();
  const to = after.tensors.get(`${name}/weight`)?.values();
  if (from === undefined || to === undefined) return "a model holds no weights of it: it never learned";
  const rowsBefore = rowOfId(before, shape.rows.feature, from.length / width);
  const rowsAfter = rowOfId(after, other.rows.feature, to.length / width);
  if (typeof rowsBefore === "string") return rowsBefore;
  if (typeof rowsAfter === "string") return rowsAfter;
  if (rowsBefore.encoder !== rowsAfter.encoder) return "the two models encode its feature differently";

  const pairs = [...rowsBefore.rows].flatMap(([id, row]) => {
    const there = rowsAfter.rows.get(id);
    return there === undefined ? [] : [[row, there] as const];
  });
  const gather = (values: ArrayLike<number | bigint>, side: 0 | 1): Float64Array => {
    const vectors = new Float64Array(pairs.length * width);
    pairs.forEach((pair, at) => {
      for (let k = 0; k < width; k++) vectors[at * width + k] = Number(values[pair[side] * width + k]);
    });
    return vectors;
  };
  return {
    ...{ table: name, feature: shape.rows.feature, width, rows: pairs.length },
    ...{ before: gather(from, 0), after: gather(to, 1) },
    onlyBefore: rowsBefore.rows.size - pairs.length,
    onlyAfter: rowsAfter.rows.size - pairs.length,
  };
}

/** Which row of the feature's tables each id has, and what must be equal for ids of two models to mean the same. */
function rowOfId(
  model: OnlineModel,
  feature: string,
  tableRows: number,
): { rows: Map<string | number, number>; encoder: string } | string {
  const encoder = model.spec.features.find(({ name }) => name === feature)?.encoder;
  if (encoder === undefined) return `no feature ${feature}`;
  if (encoder.kind === "vocabulary") {
    const { ids, rows } = model.vocabularies.get(feature) ?? { ids: [], rows: new Int32Array(0) };
    const own = ids.map((id, index) => [id, rows[index] ?? tableRows] as const);
    return { rows: new Map(own.filter(([, row]) => row < tableRows)), encoder: "vocabulary" };
  }
  const rows = new Map(Array.from({ length: tableRows }, (_, row) => [row, row]));
  return { rows, encoder: fixedEncoding(encoder) };
}

/** The encoder as text, without what becomes of values that are missing. */
function fixedEncoding(encoder: EncoderSpec): string {
  return JSON.stringify({ ...encoder, missing: undefined });
}
