import { gatherCodes, gatherNumbers } from "../core/gather.js";
import { type EventBatch, type FeatureColumn, gatherFeature, isFirstOfEvent } from "../model/batch.js";
import type { DrawState } from "../model/negatives/draw-state.js";
import { FeatureList } from "./feature-list.js";
import { labelOrder } from "./order.js";

/** What waits of a block until it is known, in the order in which it is: copies, as a block's arrays may move on. */
interface Waiting {
  knownAtMicros: Float64Array;
  items: Int32Array;
  columns: ReadonlyMap<string, FeatureColumn>;
  head: number;
}

/** The catalogue as of a time: the items that known events have named, each with what was its own in the last of them. */
export class KnownItems {
  /** By item feature: the value of each item, by its place. */
  readonly columns: Map<string, FeatureList> = new Map();
  readonly #itemFeatures: readonly string[];
  readonly #placeOf = new Map<number, number>();
  #waiting: Waiting[] = [];
  #nextMicros = Number.POSITIVE_INFINITY;

  /** @param before what is known already. */
  constructor(itemFeatures: readonly string[], before?: Pick<DrawState, "known" | "features">) {
    this.#itemFeatures = itemFeatures;
    before?.known.forEach((item, place) => {
      this.#placeOf.set(item, place);
    });
    for (const [name, column] of before?.features ?? [])
      this.columns.set(name, FeatureList.of(column, this.#placeOf.size));
  }

  get count(): number {
    return this.#placeOf.size;
  }

  /** In the order in which items became known; undefined where one is not. */
  placeOf(item: number): number | undefined {
    return this.#placeOf.get(item);
  }

  /** A block whose events become known. Negatives that were drawn for them tell nothing. */
  add(events: EventBatch, items: Int32Array): void {
    const order = labelOrder(events).filter((row) => isFirstOfEvent(events, row) && (items[row] ?? -1) >= 0);
    const columns = new Map<string, FeatureColumn>();
    for (const name of this.#itemFeatures) {
      const column = events.features.get(name);
      if (column !== undefined) columns.set(name, gatherFeature(column, order));
    }
    if (order.length === 0) return;
    const knownAtMicros = gatherNumbers(events.knownAtMicros, order);
    this.#waiting.push({ knownAtMicros, items: gatherCodes(items, order), columns, head: 0 });
    this.#nextMicros = Math.min(this.#nextMicros, knownAtMicros[0] ?? Number.POSITIVE_INFINITY);
  }

  /** Takes in what was known strictly before a time, and tells of each event's item. Times must not fall. */
  advance(untilMicros: number, tell: (item: number) => void): void {
    while (this.#nextMicros < untilMicros) {
      // Of those known at one instant, the older block's come first.
      const first = this.#waiting.find((one) => one.knownAtMicros[one.head] === this.#nextMicros);
      if (first === undefined) throw new TypeError("a label that is due and waits nowhere");
      tell(this.#take(first));
      if (first.head === first.items.length) this.#waiting = this.#waiting.filter((one) => one !== first);
      this.#nextMicros = this.#waiting.reduce(
        (least, { knownAtMicros, head }) => Math.min(least, knownAtMicros[head] ?? least),
        Number.POSITIVE_INFINITY,
      );
    }
  }

  #take(waiting: Waiting): number {
    const row = waiting.head;
    const item = waiting.items[row] ?? 0;
    const place = this.#placeOf.get(item) ?? this.#placeOf.size;
    this.#placeOf.set(item, place);
    for (const [name, column] of waiting.columns) {
      const list = this.columns.get(name) ?? new FeatureList(column);
      this.columns.set(name, list);
      list.set(place, column, row);
    }
    waiting.head += 1;
    return item;
  }
}
