/** Where arrays come from: memory of their own, or a room for all of a block. */
export interface Arrays {
  /** Numbers of any value: who takes them writes each. */
  float64(length: number): Float64Array;
  int32(length: number): Int32Array;
}

export const OWN_ARRAYS: Arrays = {
  float64: (length) => new Float64Array(length),
  int32: (length) => new Int32Array(length),
};

const ALIGNMENT = 8;

/** Bytes that an array of doubles may follow. */
export function alignedTo8(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** One buffer that the arrays of a block share, so that it moves between threads, and is used again, as one. */
export class Room implements Arrays {
  readonly buffer: ArrayBuffer;
  #next = 0;

  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
  }

  /** Bytes of arrays of so many elements of so many bytes each. */
  static bytesOf(length: number, elementBytes: readonly number[]): number {
    return elementBytes.reduce((sum, bytes) => sum + alignedTo8(bytes * length), 0);
  }

  float64(length: number): Float64Array {
    return new Float64Array(this.buffer, this.#take(8 * length), length);
  }

  int32(length: number): Int32Array {
    return new Int32Array(this.buffer, this.#take(4 * length), length);
  }

  #take(bytes: number): number {
    const at = this.#next;
    this.#next += alignedTo8(bytes);
    return at;
  }
}

/** Rooms that blocks no longer need, for blocks to come: none is made anew that another has left. */
export class Rooms {
  #free: ArrayBuffer[] = [];

  take(bytes: number): Room {
    const found = this.#free.findIndex(({ byteLength }) => byteLength >= bytes);
    const [left] = found < 0 ? [] : this.#free.splice(found, 1);
    if (left !== undefined) return new Room(left);
    // Of blocks that grow, smaller rooms would stay for good.
    this.#free.pop();
    return new Room(new ArrayBuffer(bytes));
  }

  /** Nobody looks at its arrays any more. */
  giveBack(buffer: ArrayBuffer): void {
    this.#free.push(buffer);
  }
}
