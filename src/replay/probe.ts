import type { Figure } from "../core/figure.js";
import { isPairwise, type Link } from "../core/model-spec.js";
import { seededRandom } from "../core/random.js";
import { formatTime } from "../core/time.js";
import { pairLoss } from "../measure/drawn/drawn-pairs.js";
import { logLoss } from "../measure/log-loss.js";
import { type Scored, slice } from "../measure/scored.js";
import { slicesOf } from "../measure/slices.js";
import { rootMeanSquaredError } from "../measure/squared-error.js";
import { type EventBatch, gatherBatch, isFirstOfEvent } from "../model/batch.js";
import type { Learner } from "../model/learner.js";
import { scoredRows } from "./scored-rows.js";

/** Loss (log loss, or the root mean square of the error) on rows that were predicted and never learned. */
export interface ProbeSlice {
  start: string;
  rows: number;
  /** By the model that predicted them when they were shown. */
  whenShown: Figure;
  /** By the model at the time of the look: above `whenShown`, it has forgotten more than it has learned of them. */
  now: Figure;
}

export interface ProbeLook {
  at: string;
  all: Omit<ProbeSlice, "start">;
  slices: ProbeSlice[];
}

/** Rows held back from learning, and how well they are predicted as the model moves on. */
export class ForgettingProbe {
  readonly looks: ProbeLook[] = [];
  /** Per row of the log in prediction order, 1 where it is held. */
  readonly held: Uint8Array;
  readonly #rows: Int32Array;
  readonly #batch: EventBatch;
  readonly #link: Link;
  readonly #sliceMicros: number;

  /** Holds a share of the rows whose label becomes known, drawn by a seed over the order of the log alone. */
  constructor(events: EventBatch, options: { share: number; seed: number; sliceMicros: number; link: Link }) {
    const random = seededRandom(options.seed);
    this.held = new Uint8Array(events.rows);
    for (let row = 0; row < events.rows; row++) {
      // The negatives of an event are held with it.
      if (!isFirstOfEvent(events, row)) this.held[row] = this.held[row - 1] ?? 0;
      else if (random.uniform() < options.share && Number.isFinite(events.knownAtMicros[row]))
        this.held[row] = 1;
    }
    this.#rows = Int32Array.from(this.held.keys()).filter((row) => this.held[row] === 1);
    this.#batch = gatherBatch(events, this.#rows);
    this.#link = options.link;
    this.#sliceMicros = options.sliceMicros;
  }

  get rowsHeld(): number {
    return this.#rows.length;
  }

  /** Scores the held rows shown before `atMicros` again. `scores`: of all rows, as they were predicted. */
  look(atMicros: number, learner: Learner, scores: Float64Array): void {
    const shown = this.#batch.shownAtMicros.findIndex((time) => time >= atMicros);
    const rows = shown < 0 ? this.rowsHeld : shown;
    const now = new Float64Array(this.rowsHeld);
    learner.over(this.#batch).score(0, rows, now);
    const first = Int32Array.from({ length: rows }, (_, row) => row);
    const past = gatherBatch(this.#batch, first);
    const then = Float64Array.from(this.#rows, (row) => scores[row] ?? Number.NaN);
    const [before, after] = [then, now].map((values) => scoredRows(past, 0, values, this.#link));
    if (before === undefined || after === undefined) return;
    const loss = (scored: Scored): Figure => lossOf(scored, this.#link);
    this.looks.push({
      at: formatTime(atMicros),
      all: { rows, whenShown: loss(before), now: loss(after) },
      slices: slicesOf(before.shownAtMicros, this.#sliceMicros).map(({ startMicros, from, to }) => ({
        start: formatTime(startMicros),
        rows: to - from,
        whenShown: loss(slice(before, from, to)),
        now: loss(slice(after, from, to)),
      })),
    });
  }
}

function lossOf(scored: Scored, link: Link): Figure {
  if (link === "logistic") return logLoss(scored);
  const { drawn } = scored;
  return isPairwise(link) && drawn !== undefined
    ? pairLoss({ ...scored, drawn })
    : rootMeanSquaredError(scored);
}
