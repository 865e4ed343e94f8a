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
  const known: number[] = [];
  for (let row = firstRow; row < batch.rows; row++) {
    if (Number.isFinite(batch.knownAtMicros[row])) known.push(row);
  }
  const take = (values: Float64Array): Float64Array =>
    Float64Array.from(known, (row) => values[row] ?? Number.NaN);
  const { prediction } = links[link];
  const group = batch.identities.get("group");
  return {
    predictions: Float64Array.from(known, (row) => prediction(scores[row - firstRow] ?? Number.NaN)),
    labels: take(batch.label),
    ...(batch.weight === undefined ? {} : { weights: take(batch.weight) }),
    ...(group === undefined
      ? {}
      : {
          groups: Float64Array.from(known, (row) =>
            (group[row] ?? -1) < 0 ? Number.NaN : (group[row] ?? 0),
          ),
        }),
    shownAtMicros: take(batch.shownAtMicros),
  };
}
