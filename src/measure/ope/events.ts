/** One id a row, as a number: -1 where the row has none. */
export interface IdColumn {
  ids: readonly string[];
  codes: Int32Array;
}

/**
 * A log of interactions for off-policy evaluation, in the order in which predictions were needed: entry r of each array
 * is one impression of one item at one position.
 */
export interface LoggedEvents {
  rows: number;
  shownAtMicros: Float64Array;
  /** When the reward could be used; Infinity where it never was. */
  knownAtMicros: Float64Array;
  rewards: Float64Array;
  rowWeights?: Float64Array;
  /** With which probability the logged item was shown there; NaN where the log does not say. */
  propensities?: Float64Array;
  item: IdColumn;
  position?: IdColumn;
  user?: IdColumn;
  group?: IdColumn;
  /** Where each row stands in its files, for messages. */
  where(row: number): string;
}

/** Numbers for ids, in the order in which they are first met. */
export class Ids {
  readonly ids: string[] = [];
  readonly #codes = new Map<string, number>();

  codeOf(id: string): number {
    const known = this.#codes.get(id);
    if (known !== undefined) return known;
    const code = this.ids.push(id) - 1;
    this.#codes.set(id, code);
    return code;
  }
}
