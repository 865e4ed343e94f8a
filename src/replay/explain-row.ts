import type { Column, LogSource, RowGroupColumns } from "../core/column.js";
import type { FeatureSpec, ModelSpec, TermSpec } from "../core/model-spec.js";
import { type RejectionReason, type Rejections, rejectionReasons } from "../core/rejections.js";
import { tableShapes } from "../core/table-shapes.js";
import { featuresOf } from "../core/term-features.js";
import type { EventBatch, FeatureColumn } from "../model/batch.js";
import { createEncoder } from "../model/encoders/encoder.js";
import { loadState } from "../model/load.js";
import { predictionOf } from "../model/loss.js";
import type { OnlineModel } from "../model/model.js";
import type { ModelState } from "../model/state.js";
import { createTerm, scoreOf } from "../model/terms/term.js";
import { vectorReader } from "../model/terms/vector-reader.js";
import { readBags } from "./bag-columns.js";
import { anyColumnOf, columnOf, copyNumbers } from "./block-columns.js";
import { type RowPlace, readRow } from "./one-row.js";

type RawValue = string | number | null | readonly (string | number | null)[];

/** What one feature makes of a row of the log. */
interface ExplainedFeature {
  feature: string;
  column: string;
  value: RawValue;
  encoder: FeatureSpec["encoder"]["kind"];
  /** Table rows, one a value of a bag; `isNew`: an id without a row, which is scored with that row. */
  rows?: readonly { row: number; weight: number; isNew: boolean }[];
  /** Of a dense feature: what the terms read. */
  number?: number;
  /** Why it cannot be encoded. */
  rejected?: RejectionReason;
  /** Of each table whose row it picks, the vector that the term reads: of a bag, the weighted sum. */
  vectors: readonly { table: string; values: readonly number[] }[];
}

interface ExplainedTerm {
  term: string;
  kind: string;
  contribution: number;
  /** Of a linear term: each feature's. */
  features?: readonly { feature: string; contribution: number }[];
}

/** How one row of a log comes to its score. Contributions, added in this order in float64, are the score bit for bit. */
export interface RowExplanation extends RowPlace {
  row: number;
  features: readonly ExplainedFeature[];
  /** Logged scores of another model. */
  offsets: readonly { column: string; value: RawValue }[];
  result:
    | { terms: readonly ExplainedTerm[]; score: number; prediction: number }
    | { rejected: readonly RejectionReason[] };
}

/** @param row of the log, from 0 through its files in order. Errors: a row that it does not have, a missing column. */
export async function explainRow(
  model: OnlineModel,
  source: LogSource,
  row: number,
): Promise<RowExplanation> {
  const { spec } = model;
  const offsetColumns = spec.terms.flatMap((term) => (term.kind === "offset" ? [term.column] : []));
  const columns = spec.features.flatMap(({ column, bag }) => [
    column,
    ...(bag?.weights === undefined ? [] : [bag.weights]),
  ]);
  const { part, place } = await readRow(source, row, [...new Set([...columns, ...offsetColumns])]);
  const encoded = spec.features.map((feature) => encodeFeature(model, feature, part));
  const offsets = offsetColumns.map((name) => readOffset(name, part));
  const newIds = new Map(encoded.map(({ feature, newIds }) => [feature.name, newIds]));
  const state = loadState(model, newIds);
  const batch = oneEvent(
    new Map(encoded.map(({ feature, column }) => [feature.name, column])),
    new Map(offsets.map(({ name, values }) => [name, values])),
  );
  const rejected = [...encoded, ...offsets].flatMap((one) => one.rejected ?? []);
  return {
    row,
    ...place,
    features: encoded.map((one) => explainFeature(one, part, state, batch)),
    offsets: offsetColumns.map((column) => ({ column, value: rawValue(part, column) })),
    result: rejected.length > 0 ? { rejected } : scored(state, batch),
  };
}

interface Encoded {
  feature: FeatureSpec;
  column: FeatureColumn;
  newIds: readonly string[];
  rejected: RejectionReason | undefined;
}

function encodeFeature({ vocabularies }: OnlineModel, feature: FeatureSpec, part: RowGroupColumns): Encoded {
  const encoder = createEncoder(feature, vocabularies.get(feature.name));
  const rejections: Rejections = new Uint8Array(1);
  const encode = (): FeatureColumn => {
    if (encoder.kind === "bags") return readBags(encoder, [part], rejections);
    const into = encoder.kind === "rows" ? new Int32Array(1) : new Float64Array(1);
    encoder.encode(columnOf(part, feature.column), 1, into, 0, rejections);
    return into instanceof Int32Array ? { kind: "rows", codes: into } : { kind: "values", values: into };
  };
  return { feature, column: encode(), newIds: encoder.newIds.strings(), rejected: reasonOf(rejections) };
}

function readOffset(
  name: string,
  part: RowGroupColumns,
): { name: string; values: Float64Array; rejected: RejectionReason | undefined } {
  const values = new Float64Array(1);
  const rejections: Rejections = new Uint8Array(1);
  copyNumbers(columnOf(part, name), values, rejections, "offset-invalid");
  return { name, values, rejected: reasonOf(rejections) };
}

function reasonOf([code = 0]: Rejections): RejectionReason | undefined {
  return rejectionReasons[code - 1];
}

function oneEvent(
  features: ReadonlyMap<string, FeatureColumn>,
  offsets: ReadonlyMap<string, Float64Array>,
): EventBatch {
  const none = new Float64Array(1);
  return {
    rows: 1,
    shownAtMicros: none,
    knownAtMicros: none,
    label: none,
    identities: new Map(),
    features,
    offsets,
  };
}

function explainFeature(
  { feature, column, rejected }: Encoded,
  part: RowGroupColumns,
  state: ModelState,
  batch: EventBatch,
): ExplainedFeature {
  const { name, encoder } = feature;
  const explained = {
    ...{ feature: name, column: feature.column, encoder: encoder.kind },
    value: rawValue(part, feature.column),
  };
  if (rejected !== undefined) return { ...explained, rejected, vectors: [] };
  const vectors = tablesOf(state.spec, name).map((table) => ({
    table,
    values: vectorOf(name, table, state, batch),
  }));
  if (column.kind === "values") return { ...explained, number: column.values[0] ?? 0, vectors };
  const weights = column.kind === "bags" ? column.weights : undefined;
  const rows = Array.from(column.codes, (code, at) => ({
    row: state.rows(name).rowOf(code),
    weight: weights?.[at] ?? 1,
    isNew: code < 0,
  }));
  return { ...explained, rows, vectors };
}

/** Names of the tables that have a row for each id of a feature, or the one row of a number. */
function tablesOf(spec: ModelSpec, feature: string): string[] {
  return spec.terms
    .filter((term) => featuresOf(term).includes(feature))
    .flatMap((term) => tableShapes(term, spec))
    .filter(({ name, rows, kind }) =>
      typeof rows === "number" ? kind === "rows" && name.endsWith(`/${feature}`) : rows.feature === feature,
    )
    .map(({ name }) => name);
}

function vectorOf(feature: string, name: string, state: ModelState, batch: EventBatch): number[] {
  const table = state.table(name);
  const vector = new Float64Array(table.width);
  vectorReader(feature, table, state, batch).load(0, vector, 0);
  return [...vector];
}

function scored(state: ModelState, batch: EventBatch): RowExplanation["result"] {
  const { spec } = state;
  const contributionOf = (term: TermSpec): number => createTerm(term, state).over(batch).score(0);
  const terms = spec.terms.map((term): ExplainedTerm => {
    const explained = { term: term.name, kind: term.kind, contribution: contributionOf(term) };
    if (term.kind !== "linear") return explained;
    const features = term.features.map((feature) => ({
      feature,
      contribution: contributionOf({ ...term, features: [feature] }),
    }));
    return { ...explained, features };
  });
  const bound = spec.terms.map((term) => createTerm(term, state).over(batch));
  const score = scoreOf(bound, 0);
  return { terms, score, prediction: predictionOf(spec.learner.link)(score) };
}

/** As logged: a null is null, and so is a number that is none. */
function rawValue(part: RowGroupColumns, name: string): RawValue {
  const column = anyColumnOf(part, name);
  if (column.kind !== "list") return plainValue(column, 0);
  return Array.from({ length: column.offsets[1] ?? 0 }, (_, at) => plainValue(column.values, at));
}

function plainValue(column: Column, at: number): string | number | null {
  if (column.kind === "text") return column.distinct[column.codes[at] ?? -1] ?? null;
  const value = column.values[at] ?? Number.NaN;
  return Number.isNaN(value) ? null : value;
}
