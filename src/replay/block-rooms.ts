import type { LabelSegment } from "./label-segment.js";

/** The memory of blocks whose labels are still being waited for. */
export class BlockRooms {
  #rooms: { segment: LabelSegment; room: Uint8Array }[] = [];

  add(segment: LabelSegment, room: Uint8Array): void {
    this.#rooms.push({ segment, room });
  }

  /** Those of blocks that nothing looks at any more. */
  takeLeft(): Uint8Array[] {
    const isLeft = ({ segment }: { segment: LabelSegment }): boolean => segment.head === segment.rows.length;
    const left = this.#rooms.filter(isLeft);
    if (left.length > 0) this.#rooms = this.#rooms.filter((one) => !isLeft(one));
    return left.map(({ room }) => room);
  }
}
