import { type EventBatch, isFirstOfEvent } from "../model/batch.js";
import { labelOrder } from "./order.js";

/** The items that events have named by a time, in the order in which they became known; the catalogue as of then. */
export class KnownItems {
  /** By place: the row of the item's last event that is known. */
  readonly lastRows: number[] = [];
  readonly #placeOf = new Map<number, number>();
  readonly #items: Int32Array;
  readonly #knownAtMicros: Float64Array;
  readonly #order: Int32Array;
  #next = 0;

  /** @param items of each row of `events`, which are in prediction order; -1 where there is none. */
  constructor(events: EventBatch, items: Int32Array) {
    this.#items = items;
    this.#knownAtMicros = events.knownAtMicros;
    this.#order = labelOrder(events).filter((row) => isFirstOfEvent(events, row));
  }

  placeOf(item: number): number | undefined {
    return this.#placeOf.get(item);
  }

  /** Takes in what was known strictly before a time, and tells of each event. Times must not fall. */
  advance(untilMicros: number, tell: (item: number, row: number) => void): void {
    for (; this.#next < this.#order.length; this.#next++) {
      const row = this.#order[this.#next] ?? 0;
      if (!((this.#knownAtMicros[row] ?? 0) < untilMicros)) return;
      const item = this.#items[row] ?? -1;
      if (item < 0) continue;
      const place = this.#placeOf.get(item) ?? this.#placeOf.size;
      this.#placeOf.set(item, place);
      this.lastRows[place] = row;
      tell(item, row);
    }
  }
}
