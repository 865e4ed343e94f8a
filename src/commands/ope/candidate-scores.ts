import type { LoggedEvents } from "../../measure/ope/events.js";
import type { ScorePolicy } from "../../measure/ope/policies.js";
import type { Candidates, TargetPolicy } from "../../measure/ope/target.js";
import { type EventBatch, type FeatureColumn, gatherFeature } from "../../model/batch.js";
import type { BoundLearner, Learner } from "../../model/learner.js";
import type { ItemFeature } from "./item-features.js";

/** Pairs of a row and a candidate that are laid out at once. */
const PAIRS = 16_384;

/** A stretch of rows with their candidates laid out one after another, ready to be scored. */
interface Chunk {
  from: number;
  to: number;
  /** Of each row from `from` on, where its candidates begin; one more at the end. */
  starts: Int32Array;
  items: Int32Array;
  scorer: BoundLearner;
  scores: Float64Array;
}

/**
 * A model's policy: every candidate of a row is scored as if it had been shown there, by the model as it is when the row is
 * asked for, and the policy turns the scores into probabilities. A candidate with an attribute that was never logged
 * before the row, or an id that the model sets aside, is no candidate.
 */
export class CandidateScores implements TargetPolicy {
  readonly #events: LoggedEvents;
  readonly #batch: EventBatch;
  readonly #rows: Int32Array;
  readonly #features: readonly ItemFeature[];
  readonly #candidates: Candidates;
  readonly #learner: Learner;
  readonly #policy: ScorePolicy;
  readonly #latest: Int32Array;
  #advanced = 0;
  #at = 0;
  #chunk: Chunk | undefined;

  /** @param options.rows the rows that will be asked for, ascending. */
  constructor(options: {
    events: LoggedEvents;
    batch: EventBatch;
    rows: Int32Array;
    features: readonly ItemFeature[];
    candidates: Candidates;
    learner: Learner;
    policy: ScorePolicy;
  }) {
    this.#events = options.events;
    this.#batch = options.batch;
    this.#rows = options.rows;
    this.#features = options.features;
    this.#candidates = options.candidates;
    this.#learner = options.learner;
    this.#policy = options.policy;
    this.#latest = new Int32Array(options.events.item.ids.length).fill(-1);
  }

  choose(row: number): { items: Int32Array; probabilities: Float64Array } | undefined {
    while (this.#rows[this.#at] !== row) {
      this.#at += 1;
      if (this.#at >= this.#rows.length) throw new TypeError(`row ${row} was not to be asked for`);
    }
    const chunk = this.#chunk !== undefined && this.#at < this.#chunk.to ? this.#chunk : this.#layOut();
    const start = chunk.starts[this.#at - chunk.from] ?? 0;
    const end = chunk.starts[this.#at - chunk.from + 1] ?? 0;
    if (start === end) return undefined;
    chunk.scorer.score(start, end, chunk.scores);
    return {
      items: chunk.items.subarray(start, end),
      probabilities: this.#policy(chunk.scores.subarray(start, end)),
    };
  }

  #layOut(): Chunk {
    const from = this.#at;
    const items: number[] = [];
    const rows: number[] = [];
    const valueRows: number[] = [];
    const starts = [0];
    let to = from;
    for (; to < this.#rows.length && (to === from || items.length < PAIRS); to++) {
      const row = this.#rows[to] ?? 0;
      this.#advanceTo(row);
      for (const item of this.#candidates.of(row)) {
        const latest = this.#latest[item] ?? -1;
        if (!this.#canScore(item, latest)) continue;
        items.push(item);
        rows.push(row);
        valueRows.push(latest);
      }
      starts.push(items.length);
    }
    const pairs = { items: Int32Array.from(items), rows, valueRows };
    this.#chunk = {
      ...{ from, to, starts: Int32Array.from(starts), items: pairs.items },
      scorer: this.#learner.over(this.#pairBatch(pairs)),
      scores: new Float64Array(items.length),
    };
    return this.#chunk;
  }

  #advanceTo(row: number): void {
    for (; this.#advanced <= row; this.#advanced++) {
      const item = this.#events.item.codes[this.#advanced] ?? -1;
      if (item >= 0) this.#latest[item] = this.#advanced;
    }
  }

  #canScore(item: number, latest: number): boolean {
    return this.#features.every(({ source }) =>
      source.kind === "item" ? source.known[item] === 1 : latest >= 0,
    );
  }

  #pairBatch(pairs: { items: Int32Array; rows: number[]; valueRows: number[] }): EventBatch {
    const own = new Map(this.#features.map((feature) => [feature.name, feature]));
    const features = new Map<string, FeatureColumn>();
    const loggedRows = Int32Array.from(pairs.rows);
    const latestRows = Int32Array.from(pairs.valueRows);
    for (const [name, column] of this.#batch.features) {
      const source = own.get(name)?.source;
      if (source?.kind === "item") features.set(name, ofItems(column, source.byItem, pairs.items));
      else features.set(name, gatherFeature(column, source === undefined ? loggedRows : latestRows));
    }
    const nothing = new Float64Array(0);
    const times = { shownAtMicros: nothing, knownAtMicros: nothing, label: nothing };
    return { rows: pairs.items.length, ...times, features, offsets: new Map(), identities: new Map() };
  }
}

function ofItems(column: FeatureColumn, byItem: Int32Array | Float64Array, items: Int32Array): FeatureColumn {
  if (column.kind === "rows")
    return { ...column, codes: Int32Array.from(items, (item) => byItem[item] ?? 0) };
  return { kind: "values", values: Float64Array.from(items, (item) => byItem[item] ?? 0) };
}
