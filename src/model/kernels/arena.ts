import { incomplete } from "../../core/errors.js";
import { type WasmMemory, wasmMemory } from "../../core/wasm.js";
import type { StateArray } from "../optimizers/optimizer.js";

/** The module's own first page. */
const RESERVED_BYTES = 65_536;
/** A line of the cache. */
const ALIGNMENT = 64;
/** A wasm memory has 32-bit addresses. */
export const MAX_ARENA_BYTES: number = 2 ** 32 - RESERVED_BYTES;

export function alignedBytes(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/**
 * An arena of so many bytes; undefined where a wasm memory cannot be so large, or is not to be had now: the plain terms
 * give the same bits on the heap.
 */
export function arenaOf(bytes: number): Arena | undefined {
  if (bytes > MAX_ARENA_BYTES) return undefined;
  try {
    return new Arena(bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Of a kernel that must move to a larger memory: the plain terms would give other bits from here on. */
export function noRoomToGrow(bytes: number): Error {
  return incomplete({
    found: `new ids, and no more memory for the kernel, which holds ${bytes} bytes`,
    expected: `at most ${MAX_ARENA_BYTES} bytes in all, and as much free memory`,
    next: "replay a shorter log, or with --kernel plain",
  });
}

/** One wasm memory of a fixed size, handed out as typed arrays from its start on. It never grows: views stay valid. */
export class Arena {
  readonly memory: WasmMemory;
  #next = RESERVED_BYTES;

  /** @param bytes of all that will be taken, each rounded up by alignedBytes. */
  constructor(bytes: number) {
    this.memory = wasmMemory(RESERVED_BYTES + bytes);
  }

  float64(length: number): Float64Array {
    return new Float64Array(this.memory.buffer, this.#take(8 * length), length);
  }

  int32(length: number): Int32Array {
    return new Int32Array(this.memory.buffer, this.#take(4 * length), length);
  }

  /** Zeros, of the precision of `like`. */
  stateArray(like: StateArray, length: number): StateArray {
    if (like instanceof Float64Array) return this.float64(length);
    return new Float32Array(this.memory.buffer, this.#take(4 * length), length);
  }

  bytes(length: number): DataView {
    return new DataView(this.memory.buffer, this.#take(length), length);
  }

  #take(bytes: number): number {
    const at = this.#next;
    this.#next += alignedBytes(bytes);
    if (this.#next > this.memory.buffer.byteLength)
      throw new TypeError("a wasm memory smaller than what lies in it");
    return at;
  }
}
