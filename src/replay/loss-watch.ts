import type { Link } from "../core/model-spec.js";
import { type RangeLosses, watchesDrift } from "./drift-watch.js";
import type { LabelRange } from "./label-queue.js";

/** Of no more rows than these is the loss put off: each range holds the rows that it was cut from. */
const MOST_ROWS = 2 ** 17;

/** Labels that have become known, until the predictions that their losses are taken of are written. */
export class LossWatch {
  /** Whether anything is made of the losses. */
  readonly watches: boolean;
  #ranges: LabelRange[] = [];
  #rows = 0;

  constructor(link: Link) {
    this.watches = watchesDrift(link) === undefined;
  }

  get isFull(): boolean {
    return this.#rows > MOST_ROWS;
  }

  add({ segment, from, to }: LabelRange): void {
    if (!this.watches) return;
    const last = this.#ranges.at(-1);
    if (last?.segment === segment && last.to === from) last.to = to;
    else this.#ranges.push({ segment, from, to });
    this.#rows += to - from;
  }

  /** The losses of all that were added, whose predictions are written by now. */
  take(): RangeLosses[] {
    const losses = this.#ranges.map(lossesOf);
    this.#ranges = [];
    this.#rows = 0;
    return losses;
  }
}

/** Squared errors of probabilities. */
export function lossesOf({ segment, from, to }: LabelRange): RangeLosses {
  const { events, rows, predicted } = segment;
  const of = (predictions: Float64Array): Float64Array => {
    const losses = new Float64Array(to - from);
    for (let at = from; at < to; at++) {
      const error = (predictions[rows[at] ?? 0] ?? Number.NaN) - (events.label[at] ?? Number.NaN);
      losses[at - from] = error * error;
    }
    return losses;
  };
  return {
    learner: of(predicted.learner),
    shadow: predicted.shadow && of(predicted.shadow),
    timesMicros: events.knownAtMicros.subarray(from, to),
  };
}
