import { gatherNumbers, rowsWhere } from "../core/gather.js";
import type { Link } from "../core/model-spec.js";
import type { Scored, ScoredDraws } from "../measure/scored.js";
import type { Drawn, EventBatch } from "../model/batch.js";
import { predictionOf } from "../model/loss.js";

/** Predictions of the rows whose label became known, with their times: what every metric is taken over. */
export interface ScoredRows extends Scored {
  shownAtMicros: Float64Array;
}

/**
 * @param scores before the link, of rows [firstRow, batch.rows) of the batch.
 * @param ranks of all rows of the batch: see ScoredDraws.
 */
export function scoredRows(
  batch: EventBatch,
  firstRow: number,
  scores: Float64Array,
  link: Link,
  ranks?: Float64Array,
): ScoredRows {
  const known = rowsWhere(batch.rows, (row) => row >= firstRow && Number.isFinite(batch.knownAtMicros[row]));
  const prediction = predictionOf(link);
  const predictions = new Float64Array(known.length);
  for (let at = 0; at < known.length; at++)
    predictions[at] = prediction(scores[(known[at] ?? 0) - firstRow] ?? Number.NaN);
  const group = batch.identities.get("group");
  return {
    predictions,
    labels: gatherNumbers(batch.label, known),
    ...(batch.weight === undefined ? {} : { weights: gatherNumbers(batch.weight, known) }),
    ...(group === undefined ? {} : { groups: groupsOf(group, known) }),
    ...(batch.drawn === undefined ? {} : { drawn: drawnOf(batch.drawn, known, ranks) }),
    shownAtMicros: gatherNumbers(batch.shownAtMicros, known),
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
