import { estimate, type Figure, type Refusal, refusal } from "../core/figure.js";
import type { Link } from "../core/model-spec.js";
import { formatTime } from "../core/time.js";
import { ADWIN_DEFAULTS, adwin } from "../measure/drift/adwin.js";
import type { Detector } from "../measure/drift/detector.js";
import { KSWIN_DEFAULTS, kswin } from "../measure/drift/kswin.js";
import { PAGE_HINKLEY_DEFAULTS, pageHinkley } from "../measure/drift/page-hinkley.js";
import type { EventBatch } from "../model/batch.js";
import { links } from "../model/loss.js";

/** What one detector said of one stream of losses. */
export interface Alarms {
  per100k: Figure;
  /** When the label that raised the alarm was known. */
  at: string[];
}

/** One detector on the losses of the learner, and on those of the model it began as: its frozen shadow. */
export interface WatchedDetector {
  detector: DetectorName;
  parameters: object;
  learner: Alarms;
  shadow: Alarms;
}

export interface DriftWatch {
  loss: "Brier, in [0, 1]";
  detectors: WatchedDetector[];
}

export type DetectorName = "adwin" | "page-hinkley" | "kswin";

const DETECTORS: Readonly<Record<DetectorName, { parameters: object; create: () => Detector }>> = {
  adwin: { parameters: ADWIN_DEFAULTS, create: () => adwin() },
  "page-hinkley": { parameters: PAGE_HINKLEY_DEFAULTS, create: () => pageHinkley() },
  kswin: { parameters: KSWIN_DEFAULTS, create: () => kswin() },
};

/** KSWIN tests at every label, which takes longer than learning from it. */
export const DEFAULT_DETECTORS: readonly DetectorName[] = ["adwin", "page-hinkley"];

export function isDetector(name: string): name is DetectorName {
  return Object.hasOwn(DETECTORS, name);
}

/**
 * Detectors over the loss of each event, in the order in which labels became known. A learner's loss falls while it
 * learns, and follows a log that moves: an alarm of the shadow alone is a log that changed and a learner that followed;
 * one of both, a change that it has not followed yet. Scores are before the link.
 */
export function watchDrift(
  events: EventBatch,
  labelOrder: Int32Array,
  { learner, shadow }: { learner: Float64Array; shadow: Float64Array },
  { link, detectors }: { link: Link; detectors: readonly DetectorName[] },
): DriftWatch | Refusal {
  if (link !== "logistic") {
    return refusal(
      "not-a-probability",
      `the loss of the ${link} link has no bound, which the detectors need`,
      "watch a label that is 0 or 1",
    );
  }
  const { prediction } = links.logistic;
  const lossesOf = (scores: Float64Array): Float64Array => {
    const losses = new Float64Array(labelOrder.length);
    for (let at = 0; at < losses.length; at++) {
      const row = labelOrder[at] ?? 0;
      losses[at] = (prediction(scores[row] ?? Number.NaN) - (events.label[row] ?? Number.NaN)) ** 2;
    }
    return losses;
  };
  const losses = { learner: lossesOf(learner), shadow: lossesOf(shadow) };
  const alarmsOf = (detector: Detector, values: Float64Array): Alarms => {
    const at: string[] = [];
    values.forEach((loss, index) => {
      if (detector.update(loss)) at.push(formatTime(events.knownAtMicros[labelOrder[index] ?? 0] ?? 0));
    });
    const rows = values.length;
    return { per100k: rate(at.length, rows), at };
  };
  return {
    loss: "Brier, in [0, 1]",
    detectors: detectors.map((detector) => {
      const { parameters, create } = DETECTORS[detector];
      return {
        detector,
        parameters,
        learner: alarmsOf(create(), losses.learner),
        shadow: alarmsOf(create(), losses.shadow),
      };
    }),
  };
}

function rate(alarms: number, rows: number): Figure {
  if (rows === 0) return refusal("no-rows", "no label became known", "replay a longer log");
  return estimate((alarms * 100_000) / rows, rows, "alarms per 100,000 labels");
}
