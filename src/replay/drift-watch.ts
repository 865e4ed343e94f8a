import { estimate, type Figure, type Refusal, refusal } from "../core/figure.js";
import type { Link } from "../core/model-spec.js";
import { formatTime } from "../core/time.js";
import { ADWIN_DEFAULTS, adwin } from "../measure/drift/adwin.js";
import type { Detector } from "../measure/drift/detector.js";
import { KSWIN_DEFAULTS, kswin } from "../measure/drift/kswin.js";
import { PAGE_HINKLEY_DEFAULTS, pageHinkley } from "../measure/drift/page-hinkley.js";

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
  shadow: Alarms | Refusal;
}

/** Losses of events in the order in which their labels became known, and when: of the learner, and of its shadow. */
export interface RangeLosses {
  learner: Float64Array;
  shadow: Float64Array | undefined;
  timesMicros: Float64Array;
}

export interface LossDrift {
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
 * one of both, a change that it has not followed yet.
 */
export class DriftWatch {
  readonly #watched: readonly { detector: DetectorName; learner: Alarm; shadow: Alarm }[];
  #rows = 0;

  constructor(detectors: readonly DetectorName[]) {
    this.#watched = detectors.map((detector) => {
      const { create } = DETECTORS[detector];
      return { detector, learner: new Alarm(create()), shadow: new Alarm(create()) };
    });
  }

  /** Losses of labels that have become known. */
  add({ learner, shadow, timesMicros }: RangeLosses): void {
    this.#rows += learner.length;
    for (const watched of this.#watched) {
      watched.learner.add(learner, timesMicros);
      if (shadow !== undefined) watched.shadow.add(shadow, timesMicros);
    }
  }

  /** @param shadow why there was none. */
  finish(shadow: Refusal | undefined): LossDrift {
    return {
      loss: "Brier, in [0, 1]",
      detectors: this.#watched.map((watched) => ({
        detector: watched.detector,
        parameters: DETECTORS[watched.detector].parameters,
        learner: watched.learner.alarms(this.#rows),
        shadow: shadow ?? watched.shadow.alarms(this.#rows),
      })),
    };
  }
}

export function watchesDrift(link: Link): Refusal | undefined {
  if (link === "logistic") return undefined;
  return refusal(
    "not-a-probability",
    `the loss of the ${link} link has no bound, which the detectors need`,
    "watch a label that is 0 or 1",
  );
}

/** One detector and when it raised its alarms. */
class Alarm {
  readonly #detector: Detector;
  readonly #at: string[] = [];

  constructor(detector: Detector) {
    this.#detector = detector;
  }

  add(losses: Float64Array, times: Float64Array): void {
    for (let from = 0; from < losses.length; ) {
      const at = this.#detector.scan(losses, from);
      if (at < losses.length) this.#at.push(formatTime(times[at] ?? 0));
      from = at + 1;
    }
  }

  alarms(rows: number): Alarms {
    return { per100k: rate(this.#at.length, rows), at: this.#at };
  }
}

function rate(alarms: number, rows: number): Figure {
  if (rows === 0) return refusal("no-rows", "no label became known", "replay a longer log");
  return estimate((alarms * 100_000) / rows, rows, "alarms per 100,000 labels");
}
