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
  readonly words: Int32Array;
  readonly numbers: Float32Array;

  constructor(buffer: ArrayBufferLike, address: number, features: number, capacity: number) {
    this.words = new Int32Array(buffer, address, capacity * features);
    this.numbers = new Float32Array(buffer, address, capacity * features);
  }

  /** Puts events [from, to) of the columns' batch at [0, to - from). */
  put(columns: readonly EventColumn[], from: number, to: number): void {
    columns.forEach((column, index) => {
      if (column.kind === "row") {
        const { rows, codes } = column;
        for (let row = from, at = index; row < to; row++, at += columns.length)
          this.words[at] = rows.rowOf(codes[row] ?? 0);
      } else putNumbers(column.values, from, to, this.numbers, index, columns.length);
    });
  }
}

/** The events of the mini-batch in hand. Column by column: a feature's rows are in cache, or asked for at once. */
export class MiniBatch {
  count = 0;
  readonly #events: Events;
  /** For each table row of each event, the event of the batch that had it first. */
  readonly #firsts: Int32Array;
  /** By feature and table row: 1 + the event that had it first; 0 where none has. */
  readonly #firstOf: readonly Int32Array[];
  readonly #labels: Float64Array;
  readonly #weights: Float64Array;

  constructor(
    buffer: ArrayBufferLike,
    at: { events: number; firsts: number; labels: number; weights: number },
    features: readonly EventFeature[],
    capacity: number,
  ) {
    this.#events = new Events(buffer, at.events, features.length, capacity);
    this.#firsts = new Int32Array(buffer, at.firsts, capacity * features.length);
    this.#firstOf = features.map(
      (feature) => new Int32Array(feature.kind === "row" ? feature.rows.capacity : 0),
    );
    this.#labels = new Float64Array(buffer, at.labels, capacity);
    this.#weights = new Float64Array(buffer, at.weights, capacity);
  }

  /**
   * Adds events [from, to) of the columns' batch: their rows begin and are counted. `scored`: gets them too, each as
   * it was before it was added. Returns those that are another then: a row of theirs is new.
   */
  add(
    columns: readonly EventColumn[],
    batch: EventBatch,
    from: number,
    to: number,
    scored?: Events,
  ): ReadonlySet<number> {
    const begun = new Set<number>();
    const { numbers } = this.#events;
    columns.forEach((column, index) => {
      const start = this.count * columns.length + index;
      if (column.kind === "row") this.#addRows(column, index, columns.length, from, to, scored?.words, begun);
      else {
        putNumbers(column.values, from, to, numbers, start, columns.length);
        if (scored !== undefined) putNumbers(column.values, from, to, scored.numbers, index, columns.length);
      }
    });
    for (let row = from, at = this.count; row < to; row++, at++) {
      this.#labels[at] = batch.label[row] ?? 0;
      this.#weights[at] = batch.weight === undefined ? 1 : (batch.weight[row] ?? 1);
    }
    this.count += to - from;
    return begun;
  }

  /** Takes over the events of a batch of the same features. */
  copyFrom(other: MiniBatch): void {
    this.count = other.count;
    this.#events.words.set(other.#events.words);
    this.#events.numbers.set(other.#events.numbers);
    this.#firsts.set(other.#firsts);
    this.#labels.set(other.#labels);
    this.#weights.set(other.#weights);
    const step = this.#firstOf.length;
    this.#firstOf.forEach((firstOf, index) => {
      if (firstOf.length === 0) return;
      for (let event = 0, at = index; event < this.count; event++, at += step)
        firstOf[this.#events.words[at] ?? 0] = 1 + (this.#firsts[at] ?? 0);
    });
  }

  clear(): void {
    this.#firstOf.forEach((firstOf, index) => {
      if (firstOf.length === 0) return;
      const { words } = this.#events;
      const step = this.#firstOf.length;
      for (let event = 0, at = index; event < this.count; event++, at += step) firstOf[words[at] ?? 0] = 0;
    });
    this.count = 0;
  }

  #addRows(
    { rows, codes }: Extract<EventColumn, { kind: "row" }>,
    index: number,
    step: number,
    from: number,
    to: number,
    scored: Int32Array | undefined,
    begun: Set<number>,
  ): void {
    const { words } = this.#events;
    const firstOf = this.#firstOf[index] ?? new Int32Array(0);
    let event = this.count;
    for (let row = from, at = event * step + index, out = index; row < to; row++, at += step, out += step) {
      const code = codes[row] ?? 0;
      if (scored !== undefined) scored[out] = rows.rowOf(code);
      if (rows.touch(code)) begun.add(row);
      const own = rows.rowOf(code);
      words[at] = own;
      const first = firstOf[own] ?? 0;
      if (first === 0) firstOf[own] = event + 1;
      this.#firsts[at] = first === 0 ? event : first - 1;
      event += 1;
    }
  }
}

/** values[from, to) into each `step`-th number from `at` on. */
function putNumbers(
  values: Float64Array,
  from: number,
  to: number,
  numbers: Float32Array,
  at: number,
  step: number,
): void {
  for (let row = from, out = at; row < to; row++, out += step) numbers[out] = values[row] ?? 0;
}
