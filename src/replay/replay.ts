import type { LearnerSpec, Link } from "../core/model-spec.js";
import type { Progress } from "../core/progress.js";
import { formatTime, startOfDay } from "../core/time.js";
import { type Quality, qualityOf } from "../measure/quality.js";
import { slice } from "../measure/scored.js";
import { slicesOf } from "../measure/slices.js";
import { type EventBatch, gatherBatch } from "../model/batch.js";
import { type Learner, plainLearner } from "../model/learner.js";
import { loadState, saveState } from "../model/load.js";
import type { OnlineModel } from "../model/model.js";
import type { EventLog } from "./events.js";
import { checkLedger, type Ledger } from "./ledger.js";
import { labelOrder } from "./order.js";
import { scoredRows } from "./scored-rows.js";
import { runStream } from "./stream.js";

export interface ReplayOptions {
  windowMicros: number;
  publishEveryMicros?: number | undefined;
  updateEveryMicros?: number | undefined;
  /** Score only. */
  frozen: boolean;
  progress: Progress;
}

export interface ReplayWindow {
  start: string;
  rows: number;
  metrics: Quality;
}

export interface ReplayResult {
  kernel: string;
  learner: LearnerSpec;
  frozen: boolean;
  firstShownAt: string;
  lastShownAt: string;
  overall: { rows: number; metrics: Quality };
  windows: ReplayWindow[];
  ledger: Ledger;
}

export interface Replayed {
  result: ReplayResult;
  /** The model at the end. */
  model: OnlineModel;
  /** The last label it learned was known at this time; undefined when it learned none. */
  lastLearnedMicros: number | undefined;
}

/** Predict, score, then learn, in the total order of the log. Errors: a ledger that does not add up (exit 3). */
export function replay(model: OnlineModel, log: EventLog, options: ReplayOptions): Replayed {
  const predictions = log.events;
  const order = labelOrder(predictions);
  const labels = options.frozen
    ? gatherBatch(predictions, new Int32Array(0))
    : gatherBatch(predictions, order);
  const learner = plainLearner(loadState(model, log.newIds));
  const serving = options.publishEveryMicros === undefined ? learner : copyOf(learner, model, log);
  const scores = new Float64Array(predictions.rows);
  const first = predictions.shownAtMicros[0] ?? 0;
  const last = predictions.shownAtMicros[predictions.rows - 1] ?? 0;

  options.progress.start(predictions.rows, "predictions");
  const learned = runStream(
    { learner, serving },
    { predictions, labels, firstPrediction: 0, firstLabel: 0 },
    { ...options, startMicros: startOfDay(first) },
    scores,
    options.progress,
  );
  options.progress.finish();

  const { link } = model.spec.learner;
  const measured = measure(predictions, scores, link, options.windowMicros);
  const ledger: Ledger = {
    read: log.rowsRead,
    predicted: predictions.rows,
    scored: measured.overall.rows,
    learned,
    pending: predictions.rows - order.length,
    rejected: log.rejected.total,
    rejectedBy: log.rejected.byReason(),
  };
  checkLedger(ledger, options);
  const result: ReplayResult = {
    kernel: learner.kernel,
    learner: model.spec.learner,
    frozen: options.frozen,
    firstShownAt: formatTime(first),
    lastShownAt: formatTime(last),
    ...measured,
    ledger,
  };
  const lastLearnedMicros = labels.knownAtMicros[labels.rows - 1];
  return { result, model: saveState(model, learner.state), lastLearnedMicros };
}

function copyOf(learner: Learner, model: OnlineModel, log: EventLog): Learner {
  const serving = plainLearner(loadState(model, log.newIds));
  serving.state.copyFrom(learner.state, "weights");
  return serving;
}

function measure(
  events: EventBatch,
  scores: Float64Array,
  link: Link,
  windowMicros: number,
): Pick<ReplayResult, "overall" | "windows"> {
  const scored = scoredRows(events, 0, scores, link);
  return {
    overall: { rows: scored.labels.length, metrics: qualityOf(scored, link) },
    windows: slicesOf(scored.shownAtMicros, windowMicros).map(({ startMicros, from, to }) => ({
      start: formatTime(startMicros),
      rows: to - from,
      metrics: qualityOf(slice(scored, from, to), link),
    })),
  };
}
