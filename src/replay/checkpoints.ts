import { UnbatchError } from "../core/errors.js";
import { formatTime } from "../core/time.js";
import { checkFinite } from "../model/check-finite.js";
import { saveState } from "../model/load.js";
import type { OnlineModel } from "../model/model.js";
import type { ModelState } from "../model/state.js";

/** How far a learner has come: no label that it learned was known later. */
export interface Reached {
  rowsLearned: number;
  lastLearnedMicros: number;
}

/** Models that are written while a run learns. */
export interface CheckpointOptions {
  /** Rows learned from one to the next. */
  everyRows: number;
  /** For people: where they are. */
  path: string;
  /** Puts this in place of the last one, whole or not at all. Error: no space (exit 3). */
  write(model: OnlineModel, reached: Reached): Promise<void>;
}

/** Writes the learner's model each time that so many rows have been learned, and says what is left when a run fails. */
export class Checkpoints {
  readonly #options: CheckpointOptions | undefined;
  readonly #everyRows: number;
  #dueRows: number;
  #last: Reached | undefined;

  /**
   * Whole mini-batches: between two of them no gradient is in hand, but of a pairwise link's events.
   * @param options absent: none is ever due.
   */
  constructor(options: CheckpointOptions | undefined, batchSize: number) {
    this.#options = options;
    const everyRows = options?.everyRows ?? Number.POSITIVE_INFINITY;
    this.#everyRows = batchSize * Math.ceil(everyRows / batchSize);
    this.#dueRows = this.#everyRows;
  }

  /** Rows that may be learned before the next is due: 0 where it is. */
  rowsLeft(rowsLearned: number): number {
    return this.#dueRows - rowsLearned;
  }

  /** Errors: see checkFinite, before anything is written; no space (exit 3). The last one stays then. */
  async write(model: OnlineModel, state: ModelState, reached: Reached): Promise<void> {
    checkFinite(state);
    await this.#options?.write(saveState(model, state), reached);
    this.#last = reached;
    this.#dueRows += this.#everyRows;
  }

  /** The error, and which checkpoint the run leaves. */
  withLast(error: unknown): unknown {
    const path = this.#options?.path;
    if (path === undefined || this.#last === undefined || !(error instanceof UnbatchError)) return error;
    const { rowsLearned, lastLearnedMicros } = this.#last;
    const left = `the last good checkpoint, ${path}, has learned ${rowsLearned} rows, the last of which was known at ${formatTime(lastLearnedMicros)}`;
    const { next } = error.parts;
    const parts = { ...error.parts, next: next === undefined ? left : `${next}; ${left}` };
    return new UnbatchError(parts, error.exitCode);
  }
}
