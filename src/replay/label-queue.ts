import type { Range, WaitingLabels } from "./clock.js";
import { type LabelSegment, segmentOf } from "./label-segment.js";
import { LabelSpool, type SpoolOptions } from "./label-spool.js";
import { MergedRows } from "./merged-rows.js";
import { bytesOf } from "./waiting-bytes.js";

export interface LabelRange extends Range {
  segment: LabelSegment;
}

/** Labels that wait until they are known, of all blocks, the oldest first. */
export class LabelQueue implements WaitingLabels<LabelRange> {
  #segments: LabelSegment[] = [];
  /** Of the segments that came to memory since it was last seen to. */
  #bytes = 0;
  readonly #mostBytes: number;
  readonly #spool: LabelSpool | undefined;
  readonly #mostRows: () => number;

  /**
   * @param spool absent: all of them wait in memory.
   * @param mostRows that are taken at once, at least 1.
   */
  constructor(spool: SpoolOptions | undefined, mostRows: () => number = () => Number.POSITIVE_INFINITY) {
    this.#mostRows = mostRows;
    this.#mostBytes = spool?.bytes ?? Number.POSITIVE_INFINITY;
    this.#spool = spool && new LabelSpool(spool);
  }

  get segments(): readonly LabelSegment[] {
    return this.#segments;
  }

  add(segment: LabelSegment): void {
    if (segment.rows.length === 0) return;
    this.#segments.push(segment);
    this.#bytes += bytesOf(segment);
  }

  /**
   * Keeps to the bound, when every prediction of the segments is made: what still waits of those in memory becomes one,
   * on disk where it is more than half of the bound. Errors: see Scratch.
   */
  keepToBound(): void {
    if (this.#bytes <= this.#mostBytes || this.#spool === undefined) return;
    const spooled = this.#segments.filter(({ rest }) => rest !== undefined);
    // Those on disk are older than all in memory.
    const inMemory = this.#segments.slice(spooled.length);
    const merged = new MergedRows(inMemory);
    const { rows, bytes } = merged;
    const isLittle = bytes <= this.#mostBytes / 2;
    this.#bytes = isLittle ? bytes : 0;
    // What is joined is copied: a block that is alone stays as it is, and so does the room that it lies in.
    if (isLittle && inMemory.length <= 1) return;
    const joined = isLittle ? segmentOf(merged.take(0, rows), undefined) : this.#spool.write(merged);
    this.#segments = joined === undefined ? spooled : [...spooled, joined];
  }

  /** Lets go of what lies on disk. */
  close(): void {
    this.#spool?.close();
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
    const end = Math.min(times.length, segment.head + this.#mostRows());
    for (; to < end; to++) {
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
    const end = Math.min(rows - 1, from + this.#mostRows());
    let to = from;
    for (; to < end; to++) {
      const shownAt = shownAtMicros[to] ?? 0;
      if (!(shownAt < before && knownAtMicros[to] === shownAt && shownAt < (shownAtMicros[to + 1] ?? 0)))
        break;
    }
    return to === from ? undefined : this.#take(own, to);
  }

  #take(segment: LabelSegment, to: number): LabelRange {
    const from = segment.head;
    segment.head = to;
    if (to === segment.rows.length) {
      const next = segment.rest?.next();
      this.#segments = this.#segments.flatMap((one) => (one === segment ? (next ?? []) : one));
    }
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
