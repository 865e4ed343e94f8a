import type { Progress } from "../core/progress.js";
import { formatTime, startOfDay } from "../core/time.js";
import type { Kernels } from "../core/wasm.js";
import { gatherBatch } from "../model/batch.js";
import { createLearner } from "../model/create-learner.js";
import type { Learner } from "../model/learner.js";
import { loadState, saveState } from "../model/load.js";
import type { OnlineModel } from "../model/model.js";
import { CatalogueRanks } from "./catalogue-ranks.js";
import type { ClockSettings } from "./clock.js";
import { DEFAULT_DETECTORS, type DetectorName, watchDrift } from "./drift-watch.js";
import type { EventLog } from "./events.js";
import { LearningWatch } from "./learning-watch.js";
import { checkLedger, type Ledger } from "./ledger.js";
import { labelOrder } from "./order.js";
import { ForgettingProbe } from "./probe.js";
import { qualityByWindow, type ReplayResult } from "./replay-result.js";
import { scoredRows } from "./scored-rows.js";
import { StabilityWatch } from "./stability-watch.js";
import { runStream } from "./stream.js";

export interface ReplayOptions {
  windowMicros: number;
  publishEveryMicros?: number | undefined;
  updateEveryMicros?: number | undefined;
  /** Score only. */
  frozen: boolean;
  /** Rows held back from learning, and scored again at the end of every so many windows. */
  probe?: { share: number; everyWindows: number } | undefined;
  /** Absent: the plain terms learn. */
  kernels?: Kernels | undefined;
  /** CPU seconds of this process so far, user and system. */
  cpuSeconds(): number;
  /** Of drift, on the losses; default: ADWIN and Page-Hinkley. */
  detectors?: readonly DetectorName[] | undefined;
  /** How far the embeddings moved, every so many windows. */
  stability?: { everyWindows: number } | undefined;
  progress: Progress;
}

export interface Replayed {
  result: ReplayResult;
  /** The model at the end. */
  model: OnlineModel;
  /** The last label it learned was known at this time; undefined when it learned none. */
  lastLearnedMicros: number | undefined;
  /** Predicting and learning, without what measures them. */
  cpuSeconds: number;
}

/** Predict, score, then learn, in the total order of the log. Errors: a ledger that does not add up (exit 3). */
export function replay(model: OnlineModel, log: EventLog, options: ReplayOptions): Replayed {
  const predictions = log.events;
  const { link } = model.spec.learner;
  const first = predictions.shownAtMicros[0] ?? 0;
  const last = predictions.shownAtMicros[predictions.rows - 1] ?? 0;
  const learner = createLearner(loadState(model, log.newIds), options.kernels);
  const probe = probeOf(log, model, options);
  const stability =
    options.stability === undefined || options.frozen ? undefined : new StabilityWatch(learner.state, first);
  const known = labelOrder(predictions);
  const taught = options.frozen ? known.subarray(0, 0) : known.filter((row) => probe?.held[row] !== 1);
  const labels = gatherBatch(predictions, taught);
  const lastLearnedMicros = labels.knownAtMicros[labels.rows - 1];
  const scores = new Float64Array(predictions.rows);
  const watch = new LearningWatch(learner, scores, {
    windowMicros: options.windowMicros,
    probe: probe && { watch: probe, everyWindows: options.probe?.everyWindows ?? 1 },
    stability: stability && { watch: stability, everyWindows: options.stability?.everyWindows ?? 1 },
  });

  const { negatives, seed } = model.spec.learner;
  const catalogue =
    negatives && new CatalogueRanks(predictions, negatives, { seed, cpuSeconds: options.cpuSeconds });
  const predictor = servingOf(learner, model, log, options);
  const serving = catalogue?.of(predictor) ?? predictor;
  const before = options.cpuSeconds();
  options.progress.start(predictions.rows, "predictions");
  const learned = runStream(
    { learner, serving, observe: (look) => watch.look(look) },
    { predictions, labels, firstPrediction: 0, firstLabel: 0 },
    clockOf(first, options),
    scores,
    options.progress,
  );
  const cpuSeconds = options.cpuSeconds() - before - (catalogue?.cpuSeconds ?? 0);
  if (!options.frozen) {
    const atMicros = Math.max(last, lastLearnedMicros ?? last);
    watch.finish({ atMicros, rowsPredicted: predictions.rows, rowsLearned: learned });
  }
  options.progress.finish();

  const scored = scoredRows(predictions, 0, scores, link, catalogue?.ranks);
  const ledger: Ledger = {
    read: log.rowsRead,
    ...(log.draws === undefined ? {} : { drawn: log.draws.negatives, notDrawn: log.draws.givenUp }),
    predicted: predictions.rows,
    scored: scored.labels.length,
    learned,
    held: known.length - taught.length,
    pending: predictions.rows - known.length,
    rejected: log.rejected.total,
    rejectedBy: log.rejected.byReason(),
  };
  checkLedger(ledger);
  const result: ReplayResult = {
    kernel: learner.kernel,
    learner: model.spec.learner,
    frozen: options.frozen,
    firstShownAt: formatTime(first),
    lastShownAt: formatTime(last),
    ...qualityByWindow(scored, options.windowMicros, link),
    ...(catalogue === undefined ? {} : { catalogue: catalogue.ranked }),
    learning: watch.looks,
    drift: watchDrift(
      predictions,
      known,
      { learner: scores, shadow: shadowScores(model, log, options.kernels) },
      { link, detectors: options.detectors ?? DEFAULT_DETECTORS },
    ),
    ...(probe === undefined
      ? {}
      : { probe: { share: options.probe?.share ?? 0, rowsHeld: probe.rowsHeld, looks: probe.looks } }),
    ...(stability === undefined ? {} : { stability: stability.looks }),
    ledger,
  };
  return { result, model: saveState(model, learner.state), lastLearnedMicros, cpuSeconds };
}

function probeOf(
  { events }: EventLog,
  { spec }: OnlineModel,
  options: ReplayOptions,
): ForgettingProbe | undefined {
  if (options.probe === undefined || options.frozen) return undefined;
  const { link, seed } = spec.learner;
  return new ForgettingProbe(events, {
    ...{ share: options.probe.share, seed, link },
    sliceMicros: options.windowMicros,
  });
}

/** Publishes and updates count from the first day; looks are made where windows end. */
function clockOf(firstMicros: number, options: ReplayOptions): ClockSettings {
  const { windowMicros, publishEveryMicros, updateEveryMicros, frozen } = options;
  const fromMicros = (Math.floor(firstMicros / windowMicros) + 1) * windowMicros;
  return {
    ...{ startMicros: startOfDay(firstMicros), publishEveryMicros, updateEveryMicros },
    ...(frozen ? {} : { observe: { fromMicros, everyMicros: windowMicros } }),
  };
}

/** What the model would have said had it never learned from this log. */
function shadowScores(model: OnlineModel, log: EventLog, kernels: Kernels | undefined): Float64Array {
  const scores = new Float64Array(log.events.rows);
  createLearner(loadState(model, log.newIds), kernels).over(log.events).score(0, log.events.rows, scores);
  return scores;
}

/** The learner itself, or the copy that a cadence publishes to. */
function servingOf(learner: Learner, model: OnlineModel, log: EventLog, options: ReplayOptions): Learner {
  if (options.publishEveryMicros === undefined) return learner;
  const serving = createLearner(loadState(model, log.newIds), options.kernels);
  serving.state.copyFrom(learner.state, "weights");
  return serving;
}
