import { finiteRows, gatherNumbers, isWhole } from "../core/gather.js";
import type { Link } from "../core/model-spec.js";
import type { Scored, ScoredDraws } from "../measure/scored.js";
import type { Drawn, EventBatch } from "../model/batch.js";
import { predictionOf } from "../model/loss.js";

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
  ranks?: Float64Array,
): ScoredRows {
  const predictions = new Float64Array(batch.rows);
  writePredictions(scores, predictions.subarray(firstRow), link);
  return predictedRows(batch, predictions, firstRow, ranks);
}

/** The scores through the link. */
export function writePredictions(scores: Float64Array, predictions: Float64Array, link: Link): void {
  const prediction = predictionOf(link);
  for (let row = 0; row < predictions.length; row++) predictions[row] = prediction(scores[row] ?? Number.NaN);
}

/**
 * @param predictions of every row of the batch; those of rows before `firstRow` do not count.
 * @param ranks of every row, where events were ranked: see ScoredDraws.
 */
export function predictedRows(
  batch: EventBatch,
  predictions: Float64Array,
  firstRow: number = 0,
  ranks?: Float64Array,
): ScoredRows {
  const known = finiteRows(batch.knownAtMicros, firstRow);
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
    ...(batch.drawn === undefined ? {} : { drawn: drawnOf(batch.drawn, known, ranks) }),
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

function drawnOf({ event }: Drawn, known: Int32Array, ranks: Float64Array | undefined): ScoredDraws {
  return {
    event: Float64Array.from(known, (row) => event[row] ?? 0),
    ranks: Float64Array.from(known, (row) => ranks?.[row] ?? Number.NaN),
  };
}
