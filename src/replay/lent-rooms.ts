import type { LabelSegment } from "./label-segment.js";

/** The rooms of blocks (see EventBlock) some of whose labels still wait. */
export class LentRooms {
  #lent: { segment: LabelSegment; room: ArrayBuffer }[] = [];

  add(segment: LabelSegment, room: ArrayBuffer): void {
    this.#lent.push({ segment, room });
  }

  /** Those of blocks that nothing looks at any more. @param segments that labels still wait in. */
  takeLeft(segments: readonly LabelSegment[]): ArrayBuffer[] {
    // Labels in another order than the block's are copies.
    const waiting = new Set(segments.filter(({ isBlock }) => isBlock));
    const left = this.#lent.filter(({ segment }) => !waiting.has(segment));
    if (left.length > 0) this.#lent = this.#lent.filter(({ segment }) => waiting.has(segment));
    return left.map(({ room }) => room);
  }
}
