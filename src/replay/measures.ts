import type { Refusal } from "../core/figure.js";
import type { Link } from "../core/model-spec.js";
import type { Quality } from "../measure/quality.js";
import {
  type DetectorName,
  DriftWatch,
  type LossDrift,
  type RangeLosses,
  watchesDrift,
} from "./drift-watch.js";
import type { ScoredRows } from "./scored-rows.js";
import { type ReplayWindow, WindowQuality } from "./window-quality.js";

export interface MeasureSettings {
  windowMicros: number;
  link: Link;
  detectors: readonly DetectorName[];
}

/** What a run has to measure: rows in the order they were shown in, losses in that in which labels became known. */
export interface ToMeasure {
  scored?: ScoredRows;
  losses: readonly RangeLosses[];
}

export interface Measured {
  overall: { rows: number; metrics: Quality };
  windows: ReplayWindow[];
  drift: LossDrift | Refusal;
}

/** What measures a run: this thread, or another. */
export interface Measuring {
  /** Arrays are looked at before this returns, or copied. */
  put(rows: ToMeasure): void;
  /** Until more may be put. */
  ready(): Promise<void>;
  /** @param noShadow why there was no shadow. */
  finish(noShadow: Refusal | undefined): Promise<Measured>;
  /** CPU seconds so far of another thread. */
  seconds(): number;
  close(): void;
}

/** Metrics of windows and of all, and detectors over the losses. */
export class Measures implements Measuring {
  readonly #quality: WindowQuality;
  readonly #drift: DriftWatch | Refusal;

  constructor({ windowMicros, link, detectors }: MeasureSettings) {
    this.#quality = new WindowQuality(windowMicros, link);
    this.#drift = watchesDrift(link) ?? new DriftWatch(detectors);
  }

  put({ scored, losses }: ToMeasure): void {
    if (scored !== undefined) this.#quality.add(scored);
    if (this.#drift instanceof DriftWatch) for (const range of losses) this.#drift.add(range);
  }

  async ready(): Promise<void> {}

  async finish(noShadow: Refusal | undefined): Promise<Measured> {
    const drift = this.#drift instanceof DriftWatch ? this.#drift.finish(noShadow) : this.#drift;
    return { ...this.#quality.finish(), drift };
  }

  seconds(): number {
    return 0;
  }

  close(): void {}
}
