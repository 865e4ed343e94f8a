import { gatherNumbers, joinCodes, joinMarks, joinNumbers } from "../core/gather.js";
import { concatBatches, gatherBatch } from "../model/batch.js";
import type { LabelSegment, WaitingRows } from "./label-segment.js";
import { labelOrder } from "./order.js";
import { bytesOf } from "./waiting-bytes.js";

/** What still waits of several segments, the oldest first, as one in the order in which the labels become known. */
export class MergedRows {
  readonly #segments: readonly LabelSegment[];
  /** Where each begins among their rows, one segment behind the other. */
  readonly #starts: Int32Array;
  readonly #order: Int32Array;
  /** Numbers of the events that the rows were drawn for. */
  readonly #events: Int32Array | undefined;

  constructor(segments: readonly LabelSegment[]) {
    this.#segments = segments;
    this.#starts = new Int32Array(segments.length + 1);
    segments.forEach((segment, index) => {
      this.#starts[index + 1] = (this.#starts[index] ?? 0) + left(segment);
    });
    const times = segments.map(({ events, head }) => events.knownAtMicros.subarray(head));
    this.#order = labelOrder({ knownAtMicros: joinNumbers(times) });
    const drawn = segments.flatMap(({ events, head }) => events.drawn?.event.subarray(head) ?? []);
    this.#events = drawn.length === 0 ? undefined : joinCodes(drawn);
  }

  get rows(): number {
    return this.#order.length;
  }

  /** What they would take in memory by themselves, if all rows of a segment took the same. */
  get bytes(): number {
    const each = (one: LabelSegment): number => (bytesOf(one) * left(one)) / one.rows.length;
    return this.#segments.reduce((sum, segment) => sum + each(segment), 0);
  }

  /** Whether a row is of the event that the row before is of: negatives that were drawn for it are learned with it. */
  goesOn(row: number): boolean {
    const [event, before] = [row, row - 1].map((at) => this.#events?.[this.#order[at] ?? -1]);
    return event !== undefined && event === before;
  }

  /** Rows [from, to) in that order. */
  take(from: number, to: number): WaitingRows {
    const wanted = this.#order.subarray(from, to);
    /** Where each lies among the parts, one behind the other. */
    const places = new Int32Array(wanted.length);
    let placed = 0;
    const parts = this.#segments.flatMap((segment, index) => {
      const [start, end] = [this.#starts[index] ?? 0, this.#starts[index + 1] ?? 0];
      const rows = new Int32Array(wanted.length);
      let count = 0;
      for (let at = 0; at < wanted.length; at++) {
        const row = wanted[at] ?? 0;
        if (row < start || row >= end) continue;
        rows[count++] = segment.head + row - start;
        places[at] = placed++;
      }
      return count === 0 ? [] : [rowsOf(segment, rows.subarray(0, count))];
    });
    return inOrder(joined(parts), places);
  }
}

function left({ rows, head }: LabelSegment): number {
  return rows.length - head;
}

function rowsOf({ rows, ...waiting }: LabelSegment, order: Int32Array): WaitingRows {
  const { events, held, predicted } = waiting;
  const places = order.map((at) => rows[at] ?? 0);
  return { ...inOrder({ events, held, predicted }, order), predicted: gathered(predicted, places) };
}

function inOrder({ events, predicted, held }: WaitingRows, order: Int32Array): WaitingRows {
  return {
    events: gatherBatch(events, order),
    predicted: gathered(predicted, order),
    held: held && Uint8Array.from(order, (row) => held[row] ?? 0),
  };
}

function gathered(
  { learner, shadow }: WaitingRows["predicted"],
  order: Int32Array,
): WaitingRows["predicted"] {
  return { learner: gatherNumbers(learner, order), shadow: shadow && gatherNumbers(shadow, order) };
}

function joined(parts: readonly WaitingRows[]): WaitingRows {
  const shadows = parts.flatMap(({ predicted }) => predicted.shadow ?? []);
  const held = parts.flatMap((part) => part.held ?? []);
  return {
    events: concatBatches(parts.map(({ events }) => events)),
    predicted: {
      learner: joinNumbers(parts.map(({ predicted }) => predicted.learner)),
      shadow: shadows.length === 0 ? undefined : joinNumbers(shadows),
    },
    held: held.length === 0 ? undefined : joinMarks(held),
  };
}
