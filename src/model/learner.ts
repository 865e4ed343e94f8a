import { isPairwise, type PointwiseLink } from "../core/model-spec.js";
import type { EventBatch } from "./batch.js";
import { type LinkFunction, links } from "./loss.js";
import { pairwiseLearner } from "./pairwise-learner.js";
import type { ModelState } from "./state.js";
import { createTerm, scoreOf, type Term } from "./terms/term.js";

/** Terms + link + optimizers over one state. A faster kernel is another Learner for the lists of terms it knows. */
export interface Learner {
  /** Named in a run's JSON. */
  readonly kernel: string;
  readonly state: ModelState;
  /** Resolves the columns of a batch once. */
  over(batch: EventBatch): BoundLearner;
  /** Applies the gradients of a mini-batch that is not full yet. */
  flush(): void;
  /**
   * The learner that goes on where this one is, its mini-batch in hand, with room for the new ids that the state has
   * none for (ModelState.addNewIds). What was bound to this one is of no use then. Error: no memory for it (exit 3).
   */
  renew(): Learner;
}

export interface BoundLearner {
  /** Scores (before the link) of rows [from, to) into scores[from, to). Changes nothing. */
  score(from: number, to: number, scores: Float64Array): void;
  /** Learns rows [from, to) in order. Updates depend on the batch size and the order alone, not on how calls cut it. */
  learn(from: number, to: number): void;
  /** Both, row by row: what `score` of a row and then `learn` of it would give, in one pass. */
  scoreThenLearn(from: number, to: number, scores: Float64Array): void;
}

/** The plain TypeScript learner: the oracle that faster kernels must agree with. */
export function plainLearner(state: ModelState): Learner {
  const { link } = state.spec.learner;
  if (isPairwise(link)) return pairwiseLearner(state, link);
  const terms = state.spec.terms.map((term) => createTerm(term, state));
  return new PlainLearner(state, terms, link);
}

class PlainLearner implements Learner {
  readonly kernel = "plain";
  readonly state: ModelState;
  readonly #terms: readonly Term[];
  readonly #link: LinkFunction;
  #rowsInBatch = 0;

  constructor(state: ModelState, terms: readonly Term[], link: PointwiseLink) {
    this.state = state;
    this.#terms = terms;
    this.#link = links[link];
  }

  over(batch: EventBatch): BoundLearner {
    const terms = this.#terms.map((term) => term.over(batch));
    const touched = this.state.touchedBy(batch);
    // Rows of new ids begin before the score, so that loss and gradients see the same weights.
    const touch = (row: number): boolean => {
      let isNew = false;
      for (const one of touched) isNew = one.touch(row) || isNew;
      return isNew;
    };
    const learnScored = (row: number, score: number): void => {
      const lossGradient = this.#link.gradient(score, batch.label[row] ?? 0);
      const weighted = batch.weight === undefined ? lossGradient : lossGradient * (batch.weight[row] ?? 1);
      for (const term of terms) term.addGradients(row, weighted);
      this.#rowsInBatch += 1;
      if (this.#rowsInBatch === this.state.spec.learner.batchSize) this.flush();
    };
    return {
      score: (from, to, scores) => {
        for (let row = from; row < to; row++) scores[row] = scoreOf(terms, row);
      },
      learn: (from, to) => {
        for (let row = from; row < to; row++) {
          touch(row);
          learnScored(row, scoreOf(terms, row));
        }
      },
      scoreThenLearn: (from, to, scores) => {
        for (let row = from; row < to; row++) {
          const score = scoreOf(terms, row);
          scores[row] = score;
          learnScored(row, touch(row) ? scoreOf(terms, row) : score);
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
    if (this.#rowsInBatch === 0) return;
    const scale = 1 / this.#rowsInBatch;
    for (const table of this.state.tables) table.applyGradients(scale);
    this.#rowsInBatch = 0;
  }
}
