import { roomFor } from "../core/room.js";
import { everyArray, type Scored, slice } from "./scored.js";

/**
 * Scored rows that come bit by bit, kept one behind the other in arrays that grow: they are never joined, and not
 * scattered among what each block leaves behind.
 */
export class KeptRows {
  #kept: Scored | undefined;
  #all: Scored | undefined;
  readonly #expectedRows: number;
  rows = 0;

  /** @param expectedRows that there is room for at once. */
  constructor(expectedRows: number = 0) {
    this.#expectedRows = expectedRows;
  }

  /** @param scored whose arrays are those that the first rows had. */
  add(scored: Scored): void {
    const before = this.rows;
    this.rows += scored.labels.length;
    this.#all = undefined;
    const kept = this.#kept ?? slice(scored, 0, 0);
    const room =
      kept.labels.length < this.rows ? Math.max(this.#expectedRows, roomFor(this.rows, 8)) : undefined;
    const added = arraysOf(scored);
    let next = 0;
    this.#kept = everyArray(kept, (values) => {
      const longer = room === undefined ? values : new Float64Array(room);
      if (room !== undefined) longer.set(values.subarray(0, before));
      longer.set(added[next++] ?? [], before);
      return longer;
    });
  }

  /** Views of all of them; undefined where there are none. The same ones until a row is added. */
  get all(): Scored | undefined {
    this.#all ??= this.#kept && slice(this.#kept, 0, this.rows);
    return this.#all;
  }
}

function arraysOf(scored: Scored): Float64Array[] {
  const arrays: Float64Array[] = [];
  everyArray(scored, (values) => {
    arrays.push(values);
    return values;
  });
  return arrays;
}
