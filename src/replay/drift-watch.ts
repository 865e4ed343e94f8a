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
  detector: string;
  parameters: object;
  learner: Alarms;
  shadow: Alarms;
}

export interface DriftWatch {
  loss: "Brier, in [0, 1]";
  detectors: WatchedDetector[];
}

const DETECTORS: readonly { detector: string; parameters: object; create: () => Detector }[] = [
  { detector: "adwin", parameters: ADWIN_DEFAULTS, create: () => adwin() },
  { detector: "page-hinkley", parameters: PAGE_HINKLEY_DEFAULTS, create: () => pageHinkley() },
  { detector: "kswin", parameters: KSWIN_DEFAULTS, create: () => kswin() },
];

/**
 * Detectors over the loss of each event, in the order in which labels became known. A learner's loss falls while it
 * learns, and follows a log that moves: an alarm of the shadow alone is a log that changed and a learner that followed;
 * one of both, a change that it has not followed yet. Scores are before the link.
 */
export function watchDrift(
  events: EventBatch,
  labelOrder: Int32Array,
  { learner, shadow }: { learner: Float64Array; shadow: Float64Array },
  link: Link,
): DriftWatch | Refusal {
  if (link === "squared") {
    return refusal(
      "not-a-probability",
      "the squared link's loss has no bound, which the detectors need",
      "watch a label that is 0 or 1",
    );
  }
  const lossesOf = (scores: Float64Array): Float64Array =>
    Float64Array.from(
      labelOrder,
      (row) =>
        (links.logistic.prediction(scores[row] ?? Number.NaN) - (events.label[row] ?? Number.NaN)) ** 2,
    );
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
    detectors: DETECTORS.map(({ detector, parameters, create }) => ({
      detector,
      parameters,
      learner: alarmsOf(create(), losses.learner),
      shadow: alarmsOf(create(), losses.shadow),
    })),
  };
}

function rate(alarms: number, rows: number): Figure {
  if (rows === 0) return refusal("no-rows", "no label became known", "replay a longer log");
  return estimate((alarms * 100_000) / rows, rows, "alarms per 100,000 labels");
}
