import { gatherNumbers, isWhole, rowsWhere } from "../core/gather.js";
import type { Link } from "../core/model-spec.js";
import type { Scored } from "../measure/scored.js";
import type { EventBatch } from "../model/batch.js";
import { links } from "../model/loss.js";

/** Predictions of the rows whose label became known, with their times: what every metric is taken over. */
export interface ScoredRows extends Scored {
  shownAtMicros: Float64Array;
}

/** @param scores before the link, of rows [firstRow, batch.rows) of the batch. */
export function scoredRows(
  batch: EventBatch,
  firstRow: number,
  scores: Float64Array,
  link: Link,
): ScoredRows {
  const predictions = new Float64Array(batch.rows);
  writePredictions(scores, predictions.subarray(firstRow), link);
  return predictedRows(batch, predictions, firstRow);
}

/** The scores through the link. */
export function writePredictions(scores: Float64Array, predictions: Float64Array, link: Link): void {
  const { prediction } = links[link];
  for (let row = 0; row < predictions.length; row++) predictions[row] = prediction(scores[row] ?? Number.NaN);
}

/** @param predictions of every row of the batch; those of rows before `firstRow` do not count. */
export function predictedRows(
  batch: EventBatch,
  predictions: Float64Array,
  firstRow: number = 0,
): ScoredRows {
  const known = rowsWhere(batch.rows, (row) => row >= firstRow && Number.isFinite(batch.knownAtMicros[row]));
  // Most labels become known: then nothing is copied.
  const take = isWhole(known, batch.rows)
    ? (values: Float64Array): Float64Array => values
    : (values: Float64Array): Float64Array => gatherNumbers(values, known);
  const group = batch.identities.get("group");
  return {
    predictions: take(predictions),
    labels: take(batch.label),
    ...(batch.weight === undefined ? {} : { weights: take(batch.weight) }),
    ...(group === undefined ? {} : { groups: groupsOf(group, known) }),
    shownAtMicros: take(batch.shownAtMicros),
  };
}

function groupsOf(group: Int32Array, known: Int32Array): Float64Array {
  const groups = new Float64Array(known.length);
  known.forEach((row, at) => {
    const code = group[row] ?? -1;
    groups[at] = code < 0 ? Number.NaN : code;
  });
  return groups;
}
