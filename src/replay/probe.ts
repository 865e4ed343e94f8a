import type { Figure } from "../core/figure.js";
import { joinNumbers, rowsWhere } from "../core/gather.js";
import { isPairwise, type Link } from "../core/model-spec.js";
import { type Random, seededRandom } from "../core/random.js";
import { lowerBound } from "../core/search.js";
import { formatTime } from "../core/time.js";
import { pairLoss } from "../measure/drawn/drawn-pairs.js";
import { logLoss } from "../measure/log-loss.js";
import { joinScored, type Scored, slice } from "../measure/scored.js";
import { slicesOf } from "../measure/slices.js";
import { rootMeanSquaredError } from "../measure/squared-error.js";
import { type EventBatch, gatherBatch, isFirstOfEvent } from "../model/batch.js";
import type { Learner } from "../model/learner.js";
import { predictionOf as predictionOfLink } from "../model/loss.js";
import { predictedRows } from "./scored-rows.js";

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

/** Some held rows that were shown in one block. */
interface Part {
  events: EventBatch;
  /** Per event, its row of the block, and the scores of the block's rows as they were predicted. */
  rows: Int32Array;
  scores: Float64Array;
}

/** Rows held back from learning, and how well they are predicted as the model moves on. */
export class ForgettingProbe {
  readonly looks: ProbeLook[] = [];
  readonly #parts: Part[] = [];
  readonly #share: number;
  readonly #random: Random;
  readonly #link: Link;
  readonly #sliceMicros: number;
  rowsHeld = 0;

  /** Holds a share of the rows whose label becomes known, drawn by a seed over the order of the log alone. */
  constructor(options: { share: number; seed: number; sliceMicros: number; link: Link }) {
    this.#share = options.share;
    this.#random = seededRandom(options.seed);
    this.#link = options.link;
    this.#sliceMicros = options.sliceMicros;
  }

  /** Per row, 1 where it is held. `scores` of the rows may still be to come. */
  add(events: EventBatch, scores: Float64Array): Uint8Array {
    const held = new Uint8Array(events.rows);
    for (let row = 0; row < events.rows; row++) {
      // The negatives of an event are held with it.
      if (!isFirstOfEvent(events, row)) {
        held[row] = held[row - 1] ?? 0;
        continue;
      }
      const isDrawn = this.#random.uniform() < this.#share;
      if (isDrawn && Number.isFinite(events.knownAtMicros[row])) held[row] = 1;
    }
    const rows = rowsWhere(events.rows, (row) => held[row] === 1);
    this.rowsHeld += rows.length;
    this.#parts.push({ events: gatherBatch(events, rows), rows, scores });
    return held;
  }

  /** Scores the held rows shown before `atMicros` again. */
  look(atMicros: number, learner: Learner): void {
    const shown = this.#parts.map((part) => shownBefore(part, atMicros));
    const then = shown.map(({ events, rows, scores }) =>
      predictedRows(
        events,
        Float64Array.from(rows, (row) => predictionOf(scores[row], this.#link)),
      ),
    );
    const now = shown.map(({ events }) => {
      const scores = new Float64Array(events.rows);
      learner.over(events).score(0, events.rows, scores);
      return predictedRows(
        events,
        scores.map((score) => predictionOf(score, this.#link)),
      );
    });
    const [before, after] = [joinScored(then), joinScored(now)];
    const times = joinNumbers(then.map(({ shownAtMicros }) => shownAtMicros));
    const loss = (scored: Scored): Figure => lossOf(scored, this.#link);
    this.looks.push({
      at: formatTime(atMicros),
      all: { rows: times.length, whenShown: loss(before), now: loss(after) },
      slices: slicesOf(times, this.#sliceMicros).map(({ startMicros, from, to }) => ({
        start: formatTime(startMicros),
        rows: to - from,
        whenShown: loss(slice(before, from, to)),
        now: loss(slice(after, from, to)),
      })),
    });
  }
}

function shownBefore({ events, rows, scores }: Part, atMicros: number): Part {
  const count = lowerBound(events.shownAtMicros, atMicros);
  const order = rowsWhere(count, () => true);
  return { events: gatherBatch(events, order), rows: rows.subarray(0, count), scores };
}

function predictionOf(score: number | undefined, link: Link): number {
  return predictionOfLink(link)(score ?? Number.NaN);
}

function lossOf(scored: Scored, link: Link): Figure {
  if (link === "logistic") return logLoss(scored);
  const { drawn } = scored;
  return isPairwise(link) && drawn !== undefined
    ? pairLoss({ ...scored, drawn })
    : rootMeanSquaredError(scored);
}
