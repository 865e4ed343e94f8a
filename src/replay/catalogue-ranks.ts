import type { NegativesSpec } from "../core/model-spec.js";
import { seededRandom } from "../core/random.js";
import { rankAmong } from "../measure/catalogue/rank-among.js";
import { type EventBatch, type FeatureColumn, isFirstOfEvent } from "../model/batch.js";
import type { BoundLearner, Learner } from "../model/learner.js";
import { KnownItems } from "./known-items.js";

/** Scores of items that a run spends on ranks: beyond it, a sample of the events is ranked. */
const MOST_SCORES = 20_000_000;

/** Which events were ranked among all items that were known by then. */
export interface RankedEvents {
  events: number;
  /** Of each event to be ranked; 1: all. Drawn by the learner's seed. */
  share: number;
  ranked: number;
  /** Chosen, but their item was not known yet: they have no rank. */
  newItems: number;
  /** At the last event. */
  knownItems: number;
}

/**
 * Ranks what was taken among all items known strictly before it was shown, by the model that predicts it: every item in
 * the event's place, each with what was its own in its last event. Items that the user has had take part. Through any
 * terms; O(items) scores a ranked event.
 */
export class CatalogueRanks {
  /** Of each row of the log: see ScoredDraws. */
  readonly ranks: Float64Array;
  readonly #events: EventBatch;
  readonly #items: Int32Array;
  readonly #known: KnownItems;
  readonly #columns: ReadonlyMap<string, Int32Array | Float64Array>;
  readonly #itemFeatures: ReadonlySet<string>;
  readonly #scores: Float64Array;
  readonly #chosen: Uint8Array;
  readonly #counts: RankedEvents;
  readonly #clock: () => number;
  /** CPU seconds that ranking took: no part of what predicting and learning cost. */
  cpuSeconds = 0;

  /** @param firstRow the first to be ranked. */
  constructor(
    events: EventBatch,
    { itemFeatures }: NegativesSpec,
    { seed, cpuSeconds, firstRow = 0 }: { seed: number; cpuSeconds: () => number; firstRow?: number },
  ) {
    this.#clock = cpuSeconds;
    this.#events = events;
    this.#items = events.identities.get("item") ?? new Int32Array(events.rows).fill(-1);
    this.ranks = new Float64Array(events.rows).fill(Number.NaN);
    this.#known = new KnownItems(events, this.#items);
    this.#itemFeatures = new Set(itemFeatures);
    const items = this.#items.reduce((most, item) => Math.max(most, item + 1), 0);
    this.#scores = new Float64Array(items);
    this.#columns = new Map(
      [...events.features].map(([name, { kind }]) => [
        name,
        kind === "rows" ? new Int32Array(items) : new Float64Array(items),
      ]),
    );
    let count = 0;
    for (let row = firstRow; row < events.rows; row++) if (isFirstOfEvent(events, row)) count += 1;
    const share = Math.min(1, MOST_SCORES / (count * items));
    const random = seededRandom(seed);
    this.#chosen = new Uint8Array(events.rows);
    for (let row = firstRow; row < events.rows; row++)
      if (isFirstOfEvent(events, row) && random.uniform() < share) this.#chosen[row] = 1;
    this.#counts = { events: count, share, ranked: 0, newItems: 0, knownItems: 0 };
  }

  get ranked(): RankedEvents {
    return { ...this.#counts };
  }

  /** The same learner, which ranks the chosen ones of the log's events when it scores them. */
  of(learner: Learner): Learner {
    return {
      kernel: learner.kernel,
      state: learner.state,
      flush: () => learner.flush(),
      over: (batch) => {
        const bound = learner.over(batch);
        return batch === this.#events ? this.#ranking(learner, bound) : bound;
      },
    };
  }

  #ranking(learner: Learner, bound: BoundLearner): BoundLearner {
    const rank = (from: number, to: number): void => {
      for (let row = from; row < to; row++) if (this.#chosen[row] === 1) this.#rank(learner, row);
    };
    return {
      score: (from, to, scores) => {
        rank(from, to);
        bound.score(from, to, scores);
      },
      learn: (from, to) => bound.learn(from, to),
      scoreThenLearn: (from, to, scores) => {
        for (let row = from; row < to; row++) {
          rank(row, row + 1);
          bound.scoreThenLearn(row, row + 1, scores);
        }
      },
    };
  }

  #rank(learner: Learner, row: number): void {
    const before = this.#clock();
    this.#rankNow(learner, row);
    this.cpuSeconds += this.#clock() - before;
  }

  #rankNow(learner: Learner, row: number): void {
    this.#known.advance(this.#events.shownAtMicros[row] ?? 0, (item, from) => this.#takeItem(item, from));
    const count = this.#known.lastRows.length;
    this.#counts.knownItems = count;
    const place = this.#known.placeOf(this.#items[row] ?? -1);
    if (place === undefined) {
      this.#counts.newItems += 1;
      return;
    }
    learner.over(this.#candidates(row, count)).score(0, count, this.#scores);
    this.ranks[row] = rankAmong(this.#scores, count, place);
    this.#counts.ranked += 1;
  }

  /** What is the item's own, as of its last event. */
  #takeItem(item: number, from: number): void {
    const place = this.#known.placeOf(item) ?? 0;
    for (const [name, column] of this.#events.features) {
      const values = column.kind === "rows" ? column.codes : column.values;
      const into = this.#columns.get(name);
      if (into !== undefined && this.#itemFeatures.has(name)) into[place] = values[from] ?? 0;
    }
  }

  /** The event with each known item in its place. */
  #candidates(row: number, count: number): EventBatch {
    const { features, offsets, shownAtMicros, knownAtMicros } = this.#events;
    const columns = new Map<string, FeatureColumn>();
    for (const [name, column] of features) {
      const into = this.#columns.get(name);
      const values = column.kind === "rows" ? column.codes : column.values;
      if (!this.#itemFeatures.has(name)) into?.fill(values[row] ?? 0, 0, count);
      if (into instanceof Int32Array && column.kind === "rows")
        columns.set(name, { ...column, codes: into.subarray(0, count) });
      else if (into instanceof Float64Array)
        columns.set(name, { kind: "values", values: into.subarray(0, count) });
    }
    const same = (values: Float64Array): Float64Array => new Float64Array(count).fill(values[row] ?? 0);
    return {
      rows: count,
      shownAtMicros: same(shownAtMicros),
      knownAtMicros: same(knownAtMicros),
      label: new Float64Array(count),
      identities: new Map(),
      features: columns,
      offsets: new Map([...offsets].map(([name, values]) => [name, same(values)])),
    };
  }
}
