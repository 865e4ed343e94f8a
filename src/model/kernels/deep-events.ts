import { type EventBatch, rowsOf, valuesOf } from "../batch.js";
import type { FeatureRows } from "../feature-rows.js";
import type { EventFeature } from "./deep-parts.js";

/** A feature's column of one batch, as it enters the kernel. */
export type EventColumn =
  | { kind: "row"; rows: FeatureRows; codes: Int32Array }
  | { kind: "number"; values: Float64Array };

export function eventColumns(features: readonly EventFeature[], batch: EventBatch): EventColumn[] {
  return features.map((feature) =>
    feature.kind === "row"
      ? { kind: "row", rows: feature.rows, codes: rowsOf(batch, feature.name) }
      : { kind: "number", values: valuesOf(batch, feature.name) },
  );
}

/** Events in the kernel's memory: of each a word a feature, the row of its tables or a number. */
export class Events {
  readonly #words: Int32Array;
  readonly #numbers: Float32Array;
  readonly #features: number;

  constructor(buffer: ArrayBufferLike, address: number, features: number, capacity: number) {
    this.#features = features;
    this.#words = new Int32Array(buffer, address, capacity * features);
    this.#numbers = new Float32Array(buffer, address, capacity * features);
  }

  /** Puts row `row` of the columns' batch at `place`. */
  put(columns: readonly EventColumn[], row: number, place: number): void {
    let at = place * this.#features;
    for (const column of columns) {
      if (column.kind === "row") this.#words[at] = column.rows.rowOf(column.codes[row] ?? 0);
      else this.#numbers[at] = column.values[row] ?? 0;
      at += 1;
    }
  }

  /** The table row of feature number `feature`. */
  rowAt(place: number, feature: number): number {
    return this.#words[place * this.#features + feature] ?? 0;
  }
}

/** Of each event of the mini-batch in hand and each of its table rows, which event of it had that row first. */
export class FirstEvents {
  readonly #words: Int32Array;
  readonly #features: readonly EventFeature[];
  /** By feature and row: 1 + the first event; 0 where there is none. */
  readonly #firstOf: readonly Int32Array[];

  constructor(buffer: ArrayBufferLike, address: number, features: readonly EventFeature[], capacity: number) {
    this.#words = new Int32Array(buffer, address, capacity * features.length);
    this.#features = features;
    this.#firstOf = features.map(
      (feature) => new Int32Array(feature.kind === "row" ? feature.rows.counts.length : 0),
    );
  }

  put(events: Events, place: number): void {
    for (let index = 0; index < this.#features.length; index++) {
      const firstOf = this.#firstOf[index];
      if (firstOf === undefined || firstOf.length === 0) continue;
      const row = events.rowAt(place, index);
      const first = (firstOf[row] ?? 0) - 1;
      if (first < 0) firstOf[row] = place + 1;
      this.#words[place * this.#features.length + index] = first < 0 ? place : first;
    }
  }

  /** Forgets `count` events. */
  clear(events: Events, count: number): void {
    this.#firstOf.forEach((firstOf, index) => {
      if (firstOf.length === 0) return;
      for (let place = 0; place < count; place++) firstOf[events.rowAt(place, index)] = 0;
    });
  }
}
