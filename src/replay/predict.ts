import { plainLearner } from "../model/learner.js";
import { loadState } from "../model/load.js";
import { predictionOf } from "../model/loss.js";
import type { OnlineModel } from "../model/model.js";
import type { EventLog } from "./events.js";

/** Scores of a log by one model as it is, in the log's own order (file, row group, row). */
export interface Predicted {
  file: Int32Array;
  rowGroup: Int32Array;
  /** Row of the file. */
  row: Int32Array;
  shownAtMicros: Float64Array;
  /** Before the link: a logit where the link is logistic. */
  score: Float64Array;
  prediction: Float64Array;
}

export function predict(model: OnlineModel, log: EventLog): Predicted {
  const { events, origin } = log;
  const scores = new Float64Array(events.rows);
  plainLearner(loadState(model, log.newIds)).over(events).score(0, events.rows, scores);
  const prediction = predictionOf(model.spec.learner.link);
  const order = Int32Array.from(scores, (_, row) => row).sort(
    (a, b) => (origin.file[a] ?? 0) - (origin.file[b] ?? 0) || (origin.row[a] ?? 0) - (origin.row[b] ?? 0),
  );
  const integers = (values: Int32Array): Int32Array => Int32Array.from(order, (row) => values[row] ?? 0);
  return {
    file: integers(origin.file),
    rowGroup: integers(origin.rowGroup),
    row: integers(origin.row),
    shownAtMicros: Float64Array.from(order, (row) => events.shownAtMicros[row] ?? 0),
    score: Float64Array.from(order, (row) => scores[row] ?? 0),
    prediction: Float64Array.from(order, (row) => prediction(scores[row] ?? 0)),
  };
}
