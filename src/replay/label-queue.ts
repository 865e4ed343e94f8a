import { isWhole } from "../core/gather.js";
import { type EventBatch, gatherBatch } from "../model/batch.js";
import type { BoundLearner } from "../model/learner.js";
import type { Range, WaitingLabels } from "./clock.js";
import { labelOrder } from "./order.js";

/** The labels of one block that will be known, in the order in which they become so. */
export interface LabelSegment {
  /** In that order; the block itself where it is in that order. */
  events: EventBatch;
  /** Per event, its row of the block. */
  rows: Int32Array;
  isBlock: boolean;
  /** What the block's rows were predicted to be, by the learner and by the model that never learns (see DriftWatch). */
  predicted: { learner: Float64Array; shadow: Float64Array | undefined };
  /** Per event, 1 where it is not to be learned. */
  held: Uint8Array | undefined;
  /** The next one that is not taken. */
  head: number;
  /** Of the learner that holds now; undefined until it is asked for. */
  teacher: BoundLearner | undefined;
}

export function labelSegment(
  block: EventBatch,
  predicted: LabelSegment["predicted"],
  heldRows: Uint8Array | undefined,
): LabelSegment {
  const rows = labelOrder(block);
  const held = heldRows && Uint8Array.from(rows, (row) => heldRows[row] ?? 0);
  const rest = { rows, predicted, held, head: 0, teacher: undefined };
  return { events: gatherBatch(block, rows), isBlock: isWhole(rows, block.rows), ...rest };
}

export interface LabelRange extends Range {
  segment: LabelSegment;
}

/** Labels that wait until they are known, of all blocks. */
export class LabelQueue implements WaitingLabels<LabelRange> {
  #segments: LabelSegment[] = [];

  get segments(): readonly LabelSegment[] {
    return this.#segments;
  }

  add(segment: LabelSegment): void {
    if (segment.rows.length > 0) this.#segments.push(segment);
  }

  nextMicros(): number {
    return knownAt(this.#first());
  }

  /** As many labels of one block as come one after the other. */
  takeBefore(boundMicros: number): LabelRange | undefined {
    const segment = this.#first();
    if (segment === undefined || !(knownAt(segment) < boundMicros)) return undefined;
    const times = segment.events.knownAtMicros;
    let to = segment.head + 1;
    const other = this.#first(segment);
    const otherMicros = knownAt(other);
    // Of labels known at one instant, the older block's come first.
    const isOlder = other === undefined || this.#segments.indexOf(segment) < this.#segments.indexOf(other);
    for (; to < times.length; to++) {
      const time = times[to] ?? 0;
      if (!(time < boundMicros) || time > otherMicros || (time === otherMicros && !isOlder)) break;
    }
    return this.#take(segment, to);
  }

  /** The last row of a block is never alone: the next block's first may be of its instant. */
  takeAlone(from: number, boundMicros: number): LabelRange | undefined {
    const own = this.#segments.at(-1);
    if (!own?.isBlock || own.held !== undefined || own.head !== from) return undefined;
    const { shownAtMicros, knownAtMicros, rows } = own.events;
    const before = Math.min(boundMicros, knownAt(this.#first(own)));
    let to = from;
    for (; to < rows - 1; to++) {
      const shownAt = shownAtMicros[to] ?? 0;
      if (!(shownAt < before && knownAtMicros[to] === shownAt && shownAt < (shownAtMicros[to + 1] ?? 0)))
        break;
    }
    return to === from ? undefined : this.#take(own, to);
  }

  #take(segment: LabelSegment, to: number): LabelRange {
    const from = segment.head;
    segment.head = to;
    if (to === segment.rows.length) this.#segments = this.#segments.filter((one) => one !== segment);
    return { segment, from, to };
  }

  #first(beside?: LabelSegment): LabelSegment | undefined {
    let first: LabelSegment | undefined;
    for (const segment of this.#segments)
      if (segment !== beside && (first === undefined || knownAt(segment) < knownAt(first))) first = segment;
    return first;
  }
}

function knownAt(segment: LabelSegment | undefined): number {
  return segment?.events.knownAtMicros[segment.head] ?? Number.POSITIVE_INFINITY;
}
