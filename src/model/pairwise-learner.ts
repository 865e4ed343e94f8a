import type { PairwiseLink } from "../core/model-spec.js";
import { featuresOf } from "../core/term-features.js";
import { type EventBatch, endOfEvent, isFirstOfEvent } from "./batch.js";
import type { BoundLearner, Learner } from "./learner.js";
import { type PairwiseGradients, pairwiseGradients } from "./loss.js";
import type { ModelState } from "./state.js";
import { createTerm, scoreOf, type Term } from "./terms/term.js";

/**
 * Learns to rank what was taken before the negatives that were drawn for it, through any terms. A term that reads no
 * feature of the item has one score for all of an event's rows, which cancels out: it adds to scores and never learns.
 * An event learns when its first row does; the rows of its negatives by themselves teach nothing.
 */
export function pairwiseLearner(state: ModelState, link: PairwiseLink): Learner {
  return new PairwiseLearner(state, pairwiseGradients[link]);
}

class PairwiseLearner implements Learner {
  readonly kernel = "plain";
  readonly state: ModelState;
  readonly #terms: readonly { term: Term; ranks: boolean }[];
  readonly #itemFeatures: readonly string[];
  readonly #gradientsOf: PairwiseGradients;
  #eventsInBatch = 0;

  constructor(state: ModelState, gradientsOf: PairwiseGradients) {
    const { terms, learner } = state.spec;
    const itemFeatures = learner.negatives?.itemFeatures ?? [];
    this.state = state;
    this.#itemFeatures = itemFeatures;
    this.#gradientsOf = gradientsOf;
    this.#terms = terms.map((spec) => ({
      term: createTerm(spec, state),
      ranks: featuresOf(spec).some((feature) => itemFeatures.includes(feature)),
    }));
  }

  over(batch: EventBatch): BoundLearner {
    const bound = this.#terms.map(({ term, ranks }) => ({ term: term.over(batch), ranks }));
    const all = bound.map(({ term }) => term);
    const ranking = bound.flatMap(({ term, ranks }) => (ranks ? [term] : []));
    const touched = this.state.touchedBy(batch);
    const ofItem = touched.filter(({ rows }) => this.#itemFeatures.includes(rows.feature));
    const learnEvent = (first: number, end: number, logProbability: Float64Array): void => {
      for (const one of touched) one.touch(first);
      for (let row = first + 1; row < end; row++) for (const one of ofItem) one.touch(row);
      const scores = Float64Array.from({ length: end - first }, (_, at) => scoreOf(ranking, first + at));
      const gradients = new Float64Array(end - first);
      this.#gradientsOf(scores, logProbability.subarray(first, end), gradients);
      const weight = batch.weight?.[first] ?? 1;
      gradients.forEach((gradient, at) => {
        for (const term of ranking) {
          // A term may keep what its last score went through.
          term.score(first + at);
          term.addGradients(first + at, weight * gradient);
        }
      });
      this.#eventsInBatch += 1;
      if (this.#eventsInBatch === this.state.spec.learner.batchSize) this.flush();
    };
    const learn = (from: number, to: number): void => {
      const { drawn } = batch;
      if (drawn === undefined) throw new TypeError("a pairwise link over events without negatives");
      for (let row = from; row < to; row++) {
        if (!isFirstOfEvent(batch, row)) continue;
        const end = endOfEvent(drawn, row);
        if (end - row > 1) learnEvent(row, end, drawn.logProbability);
      }
    };
    const score = (from: number, to: number, scores: Float64Array): void => {
      for (let row = from; row < to; row++) scores[row] = scoreOf(all, row);
    };
    return {
      score,
      learn,
      scoreThenLearn: (from, to, scores) => {
        for (let row = from; row < to; row++) {
          score(row, row + 1, scores);
          learn(row, row + 1);
        }
      },
    };
  }

  /** The gradients in hand lie in the tables. */
  renew(): Learner {
    this.state.makeRoom();
    return this;
  }

  flush(): void {
    if (this.#eventsInBatch === 0) return;
    for (const table of this.state.tables) table.applyGradients(1 / this.#eventsInBatch);
    this.#eventsInBatch = 0;
  }
}
