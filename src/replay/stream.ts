import type { Progress } from "../core/progress.js";
import type { EventBatch } from "../model/batch.js";
import type { Learner } from "../model/learner.js";
import { type ClockSettings, moments } from "./clock.js";

/** What a stream runs over: the same events in prediction order and in label order, and where to begin in each. */
export interface StreamInput {
  predictions: EventBatch;
  labels: EventBatch;
  firstPrediction: number;
  firstLabel: number;
}

/** A look at the learner while it learns: the counts are of rows so far. */
export interface Look {
  atMicros: number;
  rowsPredicted: number;
  rowsLearned: number;
}

/**
 * Test then train: predicts every event from what was published before it, learns every label when it is known.
 * `learner` learns; `serving` predicts, and is the learner itself where nothing is published on a cadence.
 * Scores (before the link) go into scores[row of `predictions`]. `observe` is called at the clock's own cadence.
 * Returns the rows learned.
 */
export function runStream(
  { learner, serving, observe }: { learner: Learner; serving: Learner; observe?: (look: Look) => void },
  { predictions, labels, firstPrediction, firstLabel }: StreamInput,
  clock: ClockSettings,
  scores: Float64Array,
  progress: Progress,
): number {
  const predictor = serving.over(predictions);
  const teacher = learner.over(labels);
  const due = moments(
    predictions.shownAtMicros.subarray(firstPrediction),
    labels.knownAtMicros.subarray(firstLabel),
    clock,
  );
  let rowsPredicted = 0;
  let rowsLearned = 0;
  for (const moment of due) {
    if (moment.kind === "observe") {
      observe?.({ atMicros: moment.atMicros, rowsPredicted, rowsLearned });
    } else if (moment.kind === "publish") serving.state.copyFrom(learner.state, "weights");
    else if (moment.kind === "predict") {
      predictor.score(firstPrediction + moment.from, firstPrediction + moment.to, scores);
      rowsPredicted = moment.to;
      progress.advance(moment.to - moment.from);
    } else {
      teacher.learn(firstLabel + moment.from, firstLabel + moment.to);
      rowsLearned += moment.to - moment.from;
    }
  }
  learner.flush();
  return rowsLearned;
}
