import type { Link } from "../core/model-spec.js";
import { formatTime } from "../core/time.js";
import { EXACT_ROWS, type Quality, QualityMeter } from "../measure/quality.js";
import { slice } from "../measure/scored.js";
import { slicesOf } from "../measure/slices.js";
import type { ScoredRows } from "./scored-rows.js";

export interface ReplayWindow {
  start: string;
  rows: number;
  metrics: Quality;
}

/** Metrics of all scored rows, and of each window of the time they were shown in. */
export class WindowQuality {
  readonly #windowMicros: number;
  readonly #link: Link;
  readonly #overall: QualityMeter;
  readonly #windows: ReplayWindow[] = [];
  #open: { startMicros: number; meter: QualityMeter } | undefined;

  constructor(windowMicros: number, link: Link, expectedRows: number) {
    this.#windowMicros = windowMicros;
    this.#link = link;
    this.#overall = new QualityMeter(link, EXACT_ROWS, expectedRows);
  }

  get rows(): number {
    return this.#overall.rows;
  }

  /** @param scored in the order they were shown in, none before those that came before. */
  add(scored: ScoredRows): void {
    this.#overall.add(scored);
    for (const { startMicros, from, to } of slicesOf(scored.shownAtMicros, this.#windowMicros)) {
      if (this.#open?.startMicros !== startMicros) {
        this.#close();
        this.#open = { startMicros, meter: new QualityMeter(this.#link) };
      }
      this.#open.meter.add(slice(scored, from, to));
    }
  }

  finish(): { overall: { rows: number; metrics: Quality }; windows: ReplayWindow[] } {
    this.#close();
    return {
      overall: { rows: this.#overall.rows, metrics: this.#overall.figures() },
      windows: this.#windows,
    };
  }

  #close(): void {
    if (this.#open === undefined) return;
    const { startMicros, meter } = this.#open;
    this.#windows.push({ start: formatTime(startMicros), rows: meter.rows, metrics: meter.figures() });
    this.#open = undefined;
  }
}
