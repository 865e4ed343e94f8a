import { hashText } from "../../core/random.js";
import type { LoggedEvents } from "./events.js";

/** Rows of the wider mean that a narrower one begins with. */
export const PRIOR_ROWS = 100;
/** Users are dealt into so many parts by a hash of their id. */
export const USER_FOLDS = 5;

/**
 * The reward model of the direct method and of DR: the smoothed mean reward of an item at a position, (sum + m q) / (n + m),
 * q the position's mean, itself smoothed towards the mean of all, m = 100. Cross-fitted: a row is predicted from
 * rewards that were known strictly before it was shown, of users outside of its user's fifth, so no prediction has seen
 * its own row and DR's terms stay a martingale. Rows must be asked in order. O(1) a row learned, O(1) a prediction.
 */
export class RunningMeans {
  readonly #events: LoggedEvents;
  readonly #known: Int32Array;
  readonly #items: number;
  readonly #positions: number;
  readonly #folds: number;
  readonly #foldOfUser: Int32Array | undefined;
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;
  #learned = 0;

  /** @param universe how many items there are codes for. */
  constructor(events: LoggedEvents, universe: number) {
    const { knownAtMicros, position, user } = events;
    this.#events = events;
    this.#known = Int32Array.from(knownAtMicros, (_, row) => row)
      .filter((row) => Number.isFinite(knownAtMicros[row]) && (events.item.codes[row] ?? -1) >= 0)
      .sort((a, b) => (knownAtMicros[a] ?? 0) - (knownAtMicros[b] ?? 0) || a - b);
    this.#items = universe;
    this.#positions = (position?.ids.length ?? 0) + 1;
    this.#foldOfUser = user && Int32Array.from(user.ids, (id) => hashText(id) % USER_FOLDS);
    this.#folds = user === undefined ? 1 : USER_FOLDS + 1;
    // Of each fold and position: the items, then all of them together. The last fold is the sum of the others.
    const cells = this.#folds * (this.#positions + 1) * (universe + 1);
    this.#sums = new Float64Array(cells);
    this.#counts = new Float64Array(cells);
  }

  /** What each item's reward is expected to be in place of this row, from what was known before it. */
  at(row: number): (item: number) => number {
    const { knownAtMicros, shownAtMicros } = this.#events;
    for (; this.#learned < this.#known.length; this.#learned++) {
      const next = this.#known[this.#learned] ?? 0;
      if (!((knownAtMicros[next] ?? 0) < (shownAtMicros[row] ?? 0))) break;
      this.#learn(next);
    }
    const fold = this.#foldOf(row);
    const overall = this.#smoothed(fold, this.#positions)(this.#items, 0, 0);
    const here = this.#smoothed(fold, this.#positionOf(row));
    const atPosition = here(this.#items, overall, PRIOR_ROWS);
    return (item) => here(item, atPosition, PRIOR_ROWS);
  }

  #learn(row: number): void {
    const { rewards, rowWeights, item } = this.#events;
    const count = rowWeights?.[row] ?? 1;
    const reward = count * (rewards[row] ?? 0);
    const fold = this.#foldOf(row);
    for (const part of fold === undefined ? [0] : [fold, this.#folds - 1]) {
      for (const position of [this.#positionOf(row), this.#positions]) {
        for (const cell of [item.codes[row] ?? 0, this.#items]) {
          const at = this.#cell(part, position, cell);
          this.#sums[at] = (this.#sums[at] ?? 0) + reward;
          this.#counts[at] = (this.#counts[at] ?? 0) + count;
        }
      }
    }
  }

  /** Of one item at a position, without the fold's own rewards; this is the inner loop. */
  #smoothed(
    fold: number | undefined,
    position: number,
  ): (item: number, prior: number, priorRows: number) => number {
    const sums = this.#sums;
    const counts = this.#counts;
    const all = this.#cell(this.#folds - 1, position, 0);
    const own = fold === undefined ? -1 : this.#cell(fold, position, 0);
    return (item, prior, priorRows) => {
      let sum = sums[all + item] ?? 0;
      let count = counts[all + item] ?? 0;
      if (own >= 0) {
        sum -= sums[own + item] ?? 0;
        count -= counts[own + item] ?? 0;
      }
      // Differences of weighted counts leave rounding where nothing is left.
      return count + priorRows < 1e-9 ? 0 : (sum + priorRows * prior) / (count + priorRows);
    };
  }

  #cell(fold: number, position: number, item: number): number {
    return (fold * (this.#positions + 1) + position) * (this.#items + 1) + item;
  }

  #foldOf(row: number): number | undefined {
    const user = this.#events.user?.codes[row] ?? -1;
    if (this.#foldOfUser === undefined) return undefined;
    return user < 0 ? 0 : (this.#foldOfUser[user] ?? 0);
  }

  /** A row without a position has one of its own. */
  #positionOf(row: number): number {
    const position = this.#events.position?.codes[row] ?? -1;
    return position < 0 ? this.#positions - 1 : position;
  }
}
