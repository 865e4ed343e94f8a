import type { Refusal } from "../core/figure.js";
import type { Link } from "../core/model-spec.js";
import { type DetectorName, DriftWatch, type LossDrift, watchesDrift } from "./drift-watch.js";
import type { LabelRange } from "./label-queue.js";

/** Of no more rows than these is the loss put off: each range holds the rows that it was cut from. */
const MOST_ROWS = 2 ** 17;

/** Labels that have become known, until the predictions that their losses are taken of are written. */
export class LossWatch {
  readonly #drift: DriftWatch | Refusal;
  #ranges: LabelRange[] = [];
  #rows = 0;

  constructor(link: Link, detectors: readonly DetectorName[]) {
    this.#drift = watchesDrift(link) ?? new DriftWatch(detectors);
  }

  get isFull(): boolean {
    return this.#rows > MOST_ROWS;
  }

  add({ segment, from, to }: LabelRange): void {
    if (!(this.#drift instanceof DriftWatch)) return;
    const last = this.#ranges.at(-1);
    if (last?.segment === segment && last.to === from) last.to = to;
    else this.#ranges.push({ segment, from, to });
    this.#rows += to - from;
  }

  /** Takes the losses of all that were added, whose predictions are written by now. */
  take(): void {
    if (this.#drift instanceof DriftWatch) for (const range of this.#ranges) this.#drift.add(range);
    this.#ranges = [];
    this.#rows = 0;
  }

  /** @param shadow why there was none. */
  finish(shadow: Refusal | undefined): LossDrift | Refusal {
    return this.#drift instanceof DriftWatch ? this.#drift.finish(shadow) : this.#drift;
  }
}
