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

/**
 * Test then train: predicts every event from what was published before it, learns every label when it is known.
 * `learner` learns; `serving` predicts, and is the learner itself where nothing is published on a cadence.
 * Scores (before the link) go into scores[row of `predictions`].
 * Returns the rows learned.
 */
export function runStream(
  { learner, serving }: { learner: Learner; serving: Learner },
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
  let rowsLearned = 0;
  for (const moment of due) {
    if (moment.kind === "publish") serving.state.copyFrom(learner.state, "weights");
    else if (moment.kind === "predict") {
      predictor.score(firstPrediction + moment.from, firstPrediction + moment.to, scores);
      progress.advance(moment.to - moment.from);
    } else if (moment.kind === "learn") {
      teacher.learn(firstLabel + moment.from, firstLabel + moment.to);
      rowsLearned += moment.to - moment.from;
    }
  }
  learner.flush();
  return rowsLearned;
}
