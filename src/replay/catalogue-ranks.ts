import type { NegativesSpec } from "../core/model-spec.js";
import { type Random, seededRandom } from "../core/random.js";
import { rankAmong } from "../measure/catalogue/rank-among.js";
import { type EventBatch, type FeatureColumn, gatherFeature, isFirstOfEvent } from "../model/batch.js";
import type { BoundLearner, Learner } from "../model/learner.js";
import type { DrawState } from "../model/negatives/draw-state.js";
import { KnownItems } from "./known-items.js";

/** Of longer logs a sample of about so many events is ranked. */
const MOST_EVENTS = 4000;
/** Each ranked event takes a score of every known item: among more of them none is ranked. */
const MOST_ITEMS = 200_000;

/** Which events were ranked among all items that were known by then. */
export interface RankedEvents {
  /** Of the events that is chosen to be ranked, by the learner's seed; 1: all. */
  share: number;
  ranked: number;
  /** Chosen, but without a rank: their item was not known yet, or too many were. */
  newItems: number;
  tooManyItems: number;
  /** At the last event that was chosen. */
  knownItems: number;
}

interface RankOptions {
  seed: number;
  /** Of the whole log, or more: what a sample is chosen by. */
  events: number;
  /** Seconds worked so far. */
  seconds(): number;
  /** What is known already. */
  before?: DrawState | undefined;
}

/**
 * Ranks what was taken among all items known strictly before it was shown, by the model that predicts it: every item in
 * the event's place, each with what was its own in its last event. Items that the user has had take part. Through any
 * terms; O(items) scores a ranked event.
 */
export class CatalogueRanks {
  readonly #known: KnownItems;
  readonly #itemFeatures: ReadonlySet<string>;
  readonly #random: Random;
  readonly #counts: RankedEvents;
  readonly #clock: () => number;
  #scores: Float64Array = new Float64Array(1024);
  /** That ranking took: no part of what predicting and learning cost. */
  seconds = 0;

  constructor({ itemFeatures }: NegativesSpec, { seed, events, seconds, before }: RankOptions) {
    this.#known = new KnownItems(itemFeatures, before);
    this.#itemFeatures = new Set(itemFeatures);
    this.#random = seededRandom(seed);
    this.#clock = seconds;
    const share = Math.min(1, MOST_EVENTS / events);
    this.#counts = { share, ranked: 0, newItems: 0, tooManyItems: 0, knownItems: 0 };
  }

  get ranked(): RankedEvents {
    return { ...this.#counts };
  }

  /**
   * The next block of the log. Its ranks (see ScoredDraws) are filled in as its rows are scored by what `over` returns:
   * the learner as bound to the block, which ranks the chosen events of a range before it scores them.
   * @param firstRow the first to be ranked.
   */
  add(events: EventBatch, firstRow = 0): { ranks: Float64Array; over(learner: Learner): BoundLearner } {
    const items = events.identities.get("item") ?? new Int32Array(events.rows).fill(-1);
    this.#known.add(events, items);
    const ranks = new Float64Array(events.rows).fill(Number.NaN);
    const chosen = new Uint8Array(events.rows);
    for (let row = firstRow; row < events.rows; row++)
      if (isFirstOfEvent(events, row) && this.#random.uniform() < this.#counts.share) chosen[row] = 1;
    const rank = (learner: Learner, from: number, to: number): void => {
      for (let row = from; row < to; row++) {
        if (chosen[row] !== 1) continue;
        const before = this.#clock();
        ranks[row] = this.#rank(learner, events, row, items[row] ?? -1);
        this.seconds += this.#clock() - before;
      }
    };
    return {
      ranks,
      over: (learner) => rankingFirst(learner.over(events), (from, to) => rank(learner, from, to)),
    };
  }

  #rank(learner: Learner, events: EventBatch, row: number, item: number): number {
    const known = this.#known;
    known.advance(events.shownAtMicros[row] ?? 0, () => {});
    this.#counts.knownItems = known.count;
    const place = known.placeOf(item);
    if (place === undefined || known.count > MOST_ITEMS) {
      this.#counts[place === undefined ? "newItems" : "tooManyItems"] += 1;
      return Number.NaN;
    }
    if (known.count > this.#scores.length) this.#scores = new Float64Array(2 * known.count);
    learner.over(this.#candidates(events, row)).score(0, known.count, this.#scores);
    this.#counts.ranked += 1;
    return rankAmong(this.#scores, known.count, place);
  }

  /** The event with each known item in its place. */
  #candidates(events: EventBatch, row: number): EventBatch {
    const { count, columns } = this.#known;
    const same = new Int32Array(count).fill(row);
    const features = new Map<string, FeatureColumn>();
    for (const [name, column] of events.features) {
      const own = this.#itemFeatures.has(name) ? columns.get(name)?.column(count) : undefined;
      features.set(name, own ?? gatherFeature(column, same));
    }
    const none = new Float64Array(count);
    return {
      ...{
        rows: count,
        shownAtMicros: none,
        knownAtMicros: none,
        label: none,
        identities: new Map(),
        features,
      },
      offsets: new Map(
        [...events.offsets].map(([name, values]) => [name, new Float64Array(count).fill(values[row] ?? 0)]),
      ),
    };
  }
}

function rankingFirst(bound: BoundLearner, rank: (from: number, to: number) => void): BoundLearner {
  return {
    score(from, to, scores) {
      rank(from, to);
      bound.score(from, to, scores);
    },
    learn: (from, to) => bound.learn(from, to),
    scoreThenLearn(from, to, scores) {
      for (let row = from; row < to; row++) {
        rank(row, row + 1);
        bound.scoreThenLearn(row, row + 1, scores);
      }
    },
  };
}
