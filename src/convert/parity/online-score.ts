import { UnbatchError } from "../../core/errors.js";
import type { FeatureSpec, ModelSpec } from "../../core/model-spec.js";
import { type RejectionReason, rejectionReasons } from "../../core/rejections.js";
import type { EventBatch, FeatureColumn } from "../../model/batch.js";
import { createEncoder } from "../../model/encoders/encoder.js";
import { plainLearner } from "../../model/learner.js";
import { loadState } from "../../model/load.js";
import type { OnlineModel } from "../../model/model.js";
import { narrowModel } from "../../model/narrow.js";
import type { ParityRows } from "./rows.js";

export interface OnlineScores {
  scores: Float64Array;
  /** Why a row cannot be scored; undefined where it can. */
  reasons: readonly (RejectionReason | undefined)[];
}

/** Scores through the model's real encoders and learner: what every other command will see. */
export function onlineScores(model: OnlineModel, rows: ParityRows): OnlineScores {
  const { batch, newIds, reasons } = encodeRows(model, rows);
  const scores = new Float64Array(rows.rows);
  const narrow = narrowModel(model, batch);
  plainLearner(loadState(narrow.model, newIds)).over(narrow.batch).score(0, rows.rows, scores);
  return { scores, reasons };
}

/** Rows as events, by the model's real encoders. Error: lists where a feature has one value a row. */
export function encodeRows(
  model: OnlineModel,
  { rows, columns }: ParityRows,
): { batch: EventBatch; newIds: Map<string, readonly string[]>; reasons: OnlineScores["reasons"] } {
  const rejections = new Uint8Array(rows);
  const features = new Map<string, FeatureColumn>();
  const newIds = new Map<string, readonly string[]>();
  for (const feature of model.spec.features) {
    const encoder = createEncoder(feature, model.vocabularies.get(feature.name));
    const column = columns.get(feature.column);
    if (column === undefined) throw new TypeError(`no column ${feature.column} among the rows to compare`);
    if (encoder.kind === "bags") {
      const weights = columns.get(feature.bag?.weights ?? "");
      features.set(feature.name, { kind: "bags", ...encoder.encode(column, weights, rows, rejections) });
      newIds.set(feature.name, encoder.newIds.strings());
      continue;
    }
    if (column.kind === "list") throw listWithoutBag(feature);
    if (encoder.kind === "values") {
      const values = new Float64Array(rows);
      encoder.encode(column, rows, values, 0, rejections);
      features.set(feature.name, { kind: "values", values });
    } else {
      const codes = new Int32Array(rows);
      encoder.encode(column, rows, codes, 0, rejections);
      features.set(feature.name, { kind: "rows", codes });
      newIds.set(feature.name, encoder.newIds.strings());
    }
  }
  const empty = new Float64Array(rows);
  const batch = {
    rows,
    shownAtMicros: empty,
    knownAtMicros: empty,
    label: empty,
    features,
    offsets: new Map(),
    identities: new Map(),
  };
  return { batch, newIds, reasons: Array.from(rejections, (code) => rejectionReasons[code - 1]) };
}

/** The log columns that a model reads. */
export function columnsRead(spec: ModelSpec): string[] {
  return [
    ...new Set(
      spec.features.flatMap(({ column, bag }) => [
        column,
        ...(bag?.weights === undefined ? [] : [bag.weights]),
      ]),
    ),
  ];
}

function listWithoutBag({ name, column }: FeatureSpec): UnbatchError {
  return new UnbatchError({
    where: `feature ${name}`,
    found: `lists in column ${column}`,
    expected: "one value a row",
    next: `say how a list becomes one vector: features: ${name}: bag: sum, mean or sqrtn in unbatch.yaml`,
  });
}
